"""Layer 8: the batch job, its files, and the command line."""
