"""One estimator, three faces: a domain's percentage, a ratio of zeroed variables, a regression coefficient.

After R survey's own tests (domain.R): no stored number is needed, since the three must be equal.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from hypothesis import given
from numpy.typing import NDArray

from psaindicators.design.variance import Linearised, by_area, ratios
from psaindicators.kernel.codes import Codes, codes_of
from psaindicators.kernel.estimands import share
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.totals import Frame, Measure
from tests.properties.samples import estimated, frames

ROUNDING = 1e-9
"""Proportions. A regression solves with a matrix, so it is a few digits worse than sums."""
VARIANCE = 1e-12
"""Variances of proportions, absolute: those that are 0 come out as rounding."""

Floats = NDArray[np.float64]


@given(frames())
def test_a_domain_is_a_ratio_of_variables_that_are_zero_outside_it(frame: pd.DataFrame) -> None:
    agree = frame["agree"].to_numpy(float, na_value=np.nan)
    stratum, psu = (codes_of(frame[name].to_numpy()) for name in ("stratum", "psu"))
    design = Linearised(Frame(frame["weight"].to_numpy(float), Keys(stratum, (psu,))), "centre")
    everyone = Codes.constant("all", len(frame))
    table = estimated(frame, by="area")
    inside = [frame["area"].to_numpy() == area for area in table.columns["area"]]
    zeroed = [Measure(here & (agree < 3), here & (agree == 1)) for here in inside]
    found = ratios(design, by_area(design, zeroed, (everyone,), share)[0], "strata")
    assert np.allclose(100 * found.value[:, 0], table.columns["value"], rtol=ROUNDING, equal_nan=True)
    assert np.allclose(found.v[:, 0], (table.columns["se"] / 100) ** 2, atol=VARIANCE, equal_nan=True)


@given(frames())
def test_domains_are_the_coefficients_of_a_weighted_regression_without_intercept(frame: pd.DataFrame) -> None:
    table = [row for row in estimated(frame, by="area") if row.base]
    asked = frame[frame["agree"].isin([1, 2])]
    if not table:
        return
    dummies = np.column_stack([asked["area"] == row.area for row in table]).astype(float)
    yes, weight = (asked["agree"] == 1).to_numpy(float), asked["weight"].to_numpy(float)
    fitted = sm.WLS(yes, dummies, weights=weight).fit()
    assert np.allclose(100 * fitted.params, [row.value for row in table], rtol=ROUNDING, atol=ROUNDING)
    variance = sandwich(frame, asked.index, (dummies, weight * (yes - dummies @ fitted.params)))
    known = np.array([row.df > 0 for row in table])
    theirs, ours = np.diag(variance)[known], np.array([(row.se / 100) ** 2 for row in table])[known]
    weighted = (dummies.T @ weight)[known]
    assert (weighted > 0).all()
    assert np.allclose(theirs, ours, rtol=ROUNDING, atol=VARIANCE)


def sandwich(frame: pd.DataFrame, rows: pd.Index, at: tuple[Floats, Floats]) -> Floats:
    """A^-1 B A^-1: A = D'WD, B = sum over strata of n/(n-1) sum over PSUs of (u - mean u)(u - mean u)'.

    u is a PSU's sum of d w (y - p). A PSU where nobody is asked is a row of zeros; a stratum's only PSU gives u u'.
    """
    dummies, residuals = at
    weight = frame.loc[rows, "weight"].to_numpy(float)
    scores = np.zeros((len(frame), dummies.shape[1]))
    scores[frame.index.get_indexer(rows)] = dummies * residuals[:, None]
    middle = np.zeros((dummies.shape[1],) * 2)
    psus = pd.DataFrame(scores).groupby([frame["stratum"].to_numpy(), frame["psu"].to_numpy()]).sum()
    for _, stratum in psus.groupby(level=0):
        u, n = stratum.to_numpy(), len(stratum)
        around = u - u.mean(axis=0) if n > 1 else u
        middle += (n / (n - 1) if n > 1 else 1) * around.T @ around
    bread = np.linalg.inv(dummies.T @ (dummies * weight[:, None]))
    return bread @ middle @ bread
