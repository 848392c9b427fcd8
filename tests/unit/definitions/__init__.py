"""Indicators and waves as TOML."""
