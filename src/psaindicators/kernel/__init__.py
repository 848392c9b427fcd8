"""Arrays only: codes, PSU totals, stages, variances, estimands, intervals, calibration; no survey, wave or file."""
