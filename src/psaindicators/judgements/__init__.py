"""What a figure means: movements, the index, targets and scores, reward, assessment, planning."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
