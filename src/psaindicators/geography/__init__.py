"""England's areas by vintage, the history of their codes, and how the areas of two files match."""
