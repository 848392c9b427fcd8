"""England's areas by vintage, the history of their codes, and how the areas of two files match."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
