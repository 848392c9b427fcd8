"""Weighted logistic regression, its coefficients as figures of a sample, and their tests; arrays in, arrays out.

Coefficients solve sum over the base of w x (y - mu) = 0 with mu = 1 / (1 + exp(-x b)). Source: Binder (1983,
International Statistical Review 51, 279-292), as R survey's svyglm with the quasibinomial family.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from psaindicators.errors import DesignError
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.keys import Bools, Counts, Floats, numbered, summed
from psaindicators.kernel.significance import f_p_value, root
from psaindicators.words import listed

ALIKE = 1e-8
"""A column whose part that the others do not explain is this share of it is a combination of them."""
SETTLED = 1e-10
"""Coefficients of standardised columns that move by less than this have settled: the next step is its square."""
STEPS = 30
"""Steps of a fit: ten do for one that settles; one that does not adds about 1 to some |x b| at each, without end."""


@dataclass(frozen=True, eq=False)
class Responses:
    """Who is in the base, (rows,), and of those in it the response y, 0 or 1, (n,), and the columns x, (n, k).

    The first column of x is all ones.
    """

    base: Bools
    y: Floats
    x: Floats

    @property
    def standardised(self) -> tuple[Floats, Floats]:
        """Columns of mean 0 and spread 1 but for the first, s = x T^-1, and T: if s c = x b then b = T c."""
        means, spreads = self.x[:, 1:].mean(axis=0), self.x[:, 1:].std(axis=0)
        back = np.diag(np.concatenate([[1.0], 1 / spreads]))
        back[0, 1:] = -means / spreads
        return np.column_stack([self.x[:, 0], (self.x[:, 1:] - means) / spreads]), back


def combinations(x: Floats) -> list[int]:
    """Return the columns of x, (n, k), that are combinations of those before them."""
    triangle = np.asarray(np.linalg.qr(x, mode="r"), dtype=float)
    lengths = np.sqrt((triangle**2).sum(axis=0))
    scaled = triangle / np.where(lengths > 0, lengths, 1)
    kept: list[int] = []
    found: list[int] = []
    for j in range(x.shape[1]):
        basis = np.linalg.qr(scaled[:, kept])[0]
        apart = scaled[:, j] - basis @ (basis.T @ scaled[:, j])
        (kept if np.sqrt(apart @ apart) > ALIKE else found).append(j)
    return found


def fitted(x: Floats, y: Floats, weight: Floats, start: Floats | None = None) -> Floats | None:
    """Return the coefficients, (k,), or nothing where there is no one best fit: (n, k), (n,), (n,) to (k,).

    There is none where some combination of columns predicts y perfectly, or columns are combinations of others.
    """
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    counted = weight > 0
    x, y, weight = x[counted], y[counted], weight[counted]
    if len(y) < x.shape[1] or combinations(x):
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what statsmodels warns of is what is looked for here
        model = GLM(y, x, family=Binomial(), freq_weights=weight / weight.mean())
        made = model.fit(start_params=start, maxiter=STEPS, tol=SETTLED, tol_criterion="params")
    return np.asarray(made.params) if made.converged and np.isfinite(made.params).all() else None


@dataclass(frozen=True, eq=False)
class Alike:
    """The distinct pairs of columns x, (m, k), and response y, (m,), and which of them each of the base has, (n,).

    A fit needs only the sum of weights of each: where all questions have named answers they are few.
    """

    x: Floats
    y: Floats
    number: Counts

    @classmethod
    def of(cls, x: Floats, y: Floats) -> Alike:
        """Return those of columns, (n, k), and responses, (n,)."""
        parts = [np.unique(column, return_inverse=True)[1] for column in (*x.T, y)]
        number, first = numbered(parts)
        return cls(x[first], y[first], number)

    def fitted(self, weight: Floats, start: Floats | None = None) -> Floats | None:
        """Return the coefficients under the weights of the base, (n,), as `fitted`."""
        return fitted(self.x, self.y, summed(weight, self.number, len(self.y)), start)


def linearised(x: Floats, y: Floats, weight: Floats, coefficients: Floats) -> Floats:
    """Return z = x (y - mu) A^-1 of each respondent, (n, k), with A = sum w mu (1 - mu) x x'.

    The coefficients move with the sample as the weighted total of z does.
    """
    from scipy.special import expit

    mu = expit(x @ coefficients)
    information = (x.T * (weight * mu * (1 - mu))) @ x
    return np.asarray(np.linalg.solve(information, (x * (y - mu)[:, None]).T).T)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The k coefficients of a regression as figures of one domain, everyone (see `Figures`), of standardised columns.

    `base` and `weight` have shape (rows,), the columns `x` (n, k) those in the base, `fitted` (k,). `back` makes them
    coefficients of the columns that were given, b = T c.
    """

    base: Bools
    weight: Floats
    x: Floats
    y: Floats
    back: Floats
    fitted: Floats
    alike: Alike

    @property
    def value(self) -> Floats:
        return self.fitted[:, None]

    @property
    def domain(self) -> Codes:
        return Codes.constant("all", len(self.base))

    @property
    def bases(self) -> Bools:
        return np.broadcast_to(self.base, (len(self.fitted), len(self.base)))

    @property
    def z(self) -> Floats:
        z = np.zeros((len(self.fitted), len(self.base)))
        z[:, self.base] = linearised(self.x, self.y, self.weight[self.base], self.fitted).T
        return z

    def under(self, weights: Floats) -> Floats:
        """Return the coefficients under each of R weights, (R, rows) to (R, k, 1).

        Raises DesignError where a weight leaves a base that cannot be fitted.
        """
        made = [self.alike.fitted(weight[self.base], self.fitted) for weight in weights]
        lost = [number for number, one in enumerate(made, start=1) if one is None]
        if lost:
            raise DesignError(
                f"{len(lost)} of {len(made)} replicate weights leave a base in which the regression has no one best "
                f"fit (replicate {listed(lost)}): an answer that few gave is lost there, perhaps; join it to another "
                "or leave it out"
            )
        return np.stack([one for one in made if one is not None])[:, :, None]

    def given(self, covariance: Floats) -> tuple[Floats, Floats]:
        """Return the coefficients of the columns that were given, (k,), and their covariance, from that of these."""
        return self.back @ self.fitted, self.back @ covariance @ self.back.T


def coefficients_of(responses: Responses, weight: Floats) -> Coefficients | None:
    """Return the coefficients under the survey's weights, (rows,), or nothing where there is no one best fit."""
    x, back = responses.standardised
    alike = Alike.of(x, responses.y)
    found = alike.fitted(weight[responses.base])
    return None if found is None else Coefficients(responses.base, weight, x, responses.y, back, found, alike)


@dataclass(frozen=True)
class Wald:
    """F, its two degrees of freedom and the chance of so large an F were the coefficients tested all zero."""

    f: float
    df: int
    df_error: float
    p_value: float


def wald_test(coefficients: Floats, covariance: Floats, df_error: float) -> Wald:
    """Return the test that k coefficients are all zero: F = b' V^-1 b / k on k and `df_error` degrees of freedom.

    NaN where `df_error` is not above 0, or the design has too few PSUs for V, (k, k), to have an inverse. As R
    survey's regTermTest.
    """
    k = len(coefficients)
    se = root(np.diag(covariance))
    unknown = Wald(np.nan, k, df_error, np.nan)
    if df_error <= 0 or not (se > 0).all():
        return unknown
    correlations = covariance / np.outer(se, se)
    if np.linalg.matrix_rank(correlations, hermitian=True) < k:
        return unknown
    t = coefficients / se
    f = float(t @ np.linalg.solve(correlations, t)) / k
    return Wald(f, k, df_error, f_p_value(f, k, df_error))
