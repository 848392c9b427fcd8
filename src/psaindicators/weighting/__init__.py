"""Weights that meet the population's margins: raking, calibration, post-stratification, trimming."""
