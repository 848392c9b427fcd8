"""Figures with their intervals: percentages, amounts, larger areas, printed figures, saved estimates."""
