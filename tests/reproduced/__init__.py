"""Figures that others published, from microdata."""
