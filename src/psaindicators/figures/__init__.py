"""Figures with their intervals: percentages, amounts, larger areas, printed figures, saved estimates."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
