"""Layer 6: the batch job, its files, and the command line."""
