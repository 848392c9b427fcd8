"""The command line: a skin on the library."""
