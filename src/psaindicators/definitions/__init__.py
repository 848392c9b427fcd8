"""The rules, the indicators and the waves, from TOML files; the shipped sets and surveys."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
