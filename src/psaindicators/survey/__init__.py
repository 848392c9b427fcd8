"""A file read as a wave: named answers, breakdowns, and rows in arrays or in an engine."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
