"""A file read as a wave."""
