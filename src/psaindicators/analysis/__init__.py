"""Association, regression and design effects."""
