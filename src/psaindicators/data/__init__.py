"""Layer 1: files and frames to columns of raw codes; which area sits in which."""
