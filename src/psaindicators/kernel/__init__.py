"""Layer 3: numbers of arrays: PSU totals and moments, variances, intervals; no file, frame or survey is seen here."""
