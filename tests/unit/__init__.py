"""Each module by itself, in folders like the source's."""
