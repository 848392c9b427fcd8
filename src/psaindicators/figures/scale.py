"""Where 100 enters: the kernel speaks proportions, estimates and all after them percent and percentage points."""

from __future__ import annotations

from psaindicators.kernel.keys import Floats

PERCENT = 100.0


def in_percent(proportions: Floats) -> Floats:
    """Return proportions (or standard errors of them) in percent."""
    return PERCENT * proportions


def in_proportions(percent: Floats) -> Floats:
    """Return percentages (or standard errors of them) as proportions."""
    return percent / PERCENT


def in_points_squared(variances: Floats) -> Floats:
    """Return variances (or covariances) of proportions in squared percentage points."""
    return PERCENT**2 * variances
