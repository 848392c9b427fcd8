"""Association, regression, design effects."""
