"""A file read as a wave: named answers, breakdowns, and rows in arrays or in an engine."""
