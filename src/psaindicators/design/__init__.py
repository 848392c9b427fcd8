"""Layer 3: the sampling design: PSU totals and moments, variances, intervals, weighting."""
