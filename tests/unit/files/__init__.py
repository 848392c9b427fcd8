"""Reading files and frames."""
