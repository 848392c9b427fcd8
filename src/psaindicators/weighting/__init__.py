"""Layer 4: weights that meet the population's margins: raking, calibration, post-stratification, trimming."""
