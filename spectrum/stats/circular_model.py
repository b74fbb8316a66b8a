"""Browne's circular stochastic process model of a correlation matrix (1992, Psychometrika 57).

Each variable has a place on a circle; the common scores of two variables correlate by their angle apart,
rho(a) = beta_0 + beta_1 cos a + ... + beta_m cos ma with weights that are not negative and sum to one, and each has
an error variance of its own: Sigma = D_z (P + D_v) D_z. Fitted by maximum likelihood. One cosine (m = 1) is the
default: with three the fit ran into local optima on human data that swap neighbours.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, NotEstimableError
from video_index.keyed import uniforms

STARTS = 8
SINGULAR = 1e-8
"""A correlation matrix with an eigenvalue below this has no likelihood: ipsatised scores (centred by person)."""


@dataclass(frozen=True, slots=True, eq=False)
class CircularModel:
    """The fitted model of k variables."""

    angles: FloatArray
    """(k,) degrees, 0 to 360; the first variable is at 0, and the second within the first half turn."""
    weights: FloatArray
    """(m + 1,) beta: how much of the common variance is level, one wave, two waves, ..."""
    unique: FloatArray
    """(k,) v: error variance in units of common variance."""
    scales: FloatArray
    """(k,) z: common standard deviations."""
    discrepancy: float
    """The likelihood's F."""
    chi_square: float
    df: int
    p: float
    rmsea: float
    cfi: float
    tli: float
    srmr: float
    """Root mean square difference of correlations and fitted covariances, the diagonal among them."""

    @property
    def communalities(self) -> FloatArray:
        """(k,) correlation of each variable with its common score: 1 / sqrt(1 + v)."""
        return np.asarray(1 / np.sqrt(1 + self.unique), dtype=np.float64)


def fit_circular_model(
    correlations: FloatArray, respondents: int, *, waves: int = 1, starts: int = STARTS, seed: int = 0
) -> CircularModel:
    """Fit (k, k) correlations of `respondents`; the best of a start at equal steps in the order given and keyed ones.

    Raises NotEstimableError where the matrix is singular (each respondent's scores were centred, so they hold no
    level), where there are no more respondents than variables, or where the model has no degrees of freedom.
    """
    from scipy import stats

    count = correlations.shape[0]
    df = count * (count + 1) // 2 - (count - 1 + 2 * count + waves)
    if respondents <= count:
        raise NotEstimableError(f"{respondents} respondents are too few for {count} variables")
    if df < 1:
        raise NotEstimableError(f"{count} variables leave a circular model of {waves} waves no degree of freedom")
    if np.linalg.eigvalsh(correlations)[0] < SINGULAR:
        raise NotEstimableError("the correlations are singular, as those of centred scores are: use raw scores")
    best, discrepancy = _minimise(_Likelihood(correlations, waves), starts, seed)
    chi_square = (respondents - 1) * discrepancy
    null = -(respondents - 1) * float(np.linalg.slogdet(correlations)[1])
    null_df = count * (count - 1) // 2
    return CircularModel(
        angles=_normal_form(best.angles),
        weights=best.weights,
        unique=best.unique,
        scales=best.scales,
        discrepancy=discrepancy,
        chi_square=chi_square,
        df=df,
        p=float(stats.chi2.sf(chi_square, df)),
        rmsea=float(np.sqrt(max(chi_square - df, 0.0) / (df * (respondents - 1)))),
        cfi=1 - max(chi_square - df, 0.0) / max(null - null_df, chi_square - df, 1e-12),
        tli=(null / null_df - chi_square / df) / (null / null_df - 1),
        srmr=_srmr(correlations, best),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parameters:
    angles: FloatArray
    weights: FloatArray
    unique: FloatArray
    scales: FloatArray

    def implied(self) -> FloatArray:
        """Sigma, (k, k)."""
        apart = self.angles[:, None] - self.angles[None, :]
        common = sum(weight * np.cos(wave * apart) for wave, weight in enumerate(self.weights))
        inside = common + np.diag(self.unique)
        return np.asarray(self.scales[:, None] * inside * self.scales[None, :], dtype=np.float64)


class _Likelihood:
    """The discrepancy F = ln|Sigma| - ln|R| + tr(R Sigma^-1) - k and its gradient, over free parameters.

    Free: k - 1 angles; m logits of the weights; k logs of v; k logs of z.
    """

    def __init__(self, correlations: FloatArray, waves: int) -> None:
        self.correlations = correlations
        self.waves = waves
        self.count = correlations.shape[0]
        self.base = float(np.linalg.slogdet(correlations)[1]) + self.count

    def read(self, free: FloatArray) -> _Parameters:
        angles, logits, unique, scales = np.split(free, np.cumsum([self.count - 1, self.waves, self.count]))
        weights = np.exp(np.append(0.0, logits) - max(0.0, logits.max()))
        return _Parameters(np.append(0.0, angles), weights / weights.sum(), np.exp(unique), np.exp(scales))

    def start(self, angles: FloatArray) -> FloatArray:
        """Free parameters at angles (k,), with middling others."""
        rest = [np.zeros(self.waves), np.full(self.count, np.log(0.5)), np.full(self.count, np.log(0.8))]
        return np.concatenate([angles[1:] - angles[0], *rest])

    def __call__(self, free: FloatArray) -> tuple[float, FloatArray]:
        held = self.read(free)
        implied = held.implied()
        try:
            inverse = np.linalg.inv(implied)
        except np.linalg.LinAlgError:
            return 1e6, np.zeros_like(free)
        sign, logdet = np.linalg.slogdet(implied)
        value = float(logdet + np.sum(self.correlations * inverse)) - self.base
        if sign <= 0 or not np.isfinite(value):
            return 1e6, np.zeros_like(free)
        slope = inverse - inverse @ self.correlations @ inverse  # dF / dSigma
        scaled = slope * held.scales[:, None] * held.scales[None, :]
        apart = held.angles[:, None] - held.angles[None, :]
        waves = np.arange(self.waves + 1)[:, None, None]
        by_weight = (scaled * np.cos(waves * apart)).sum(axis=(1, 2))
        turning = -(waves * np.sin(waves * apart) * held.weights[:, None, None]).sum(axis=0)
        by_angle = 2 * (scaled * turning).sum(axis=1)
        by_logit = held.weights * (by_weight - held.weights @ by_weight)
        by_unique = np.diag(scaled) * held.unique
        by_scale = 2 * (slope * implied).sum(axis=1)
        return value, np.concatenate([by_angle[1:], by_logit[1:], by_unique, by_scale])


def _minimise(likelihood: _Likelihood, starts: int, seed: int) -> tuple[_Parameters, float]:
    from scipy.optimize import minimize

    count = likelihood.count
    angles = [2 * np.pi * np.arange(count) / count]
    angles += [2 * np.pi * uniforms(count, seed, "angles", draw) for draw in range(starts)]
    bounds = [(None, None)] * (count - 1) + [(-12.0, 12.0)] * likelihood.waves + [(-12.0, 6.0)] * (2 * count)
    found = [
        minimize(
            likelihood,
            likelihood.start(start),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 2000, "maxfun": 20_000, "ftol": 1e-14, "gtol": 1e-8},
        )
        for start in angles
    ]
    best = min(found, key=lambda one: float(one.fun))
    return likelihood.read(np.asarray(best.x, dtype=np.float64)), float(best.fun)


def _normal_form(angles: FloatArray) -> FloatArray:
    """Degrees from the first variable, in the sense of rotation that puts the second within half a turn."""
    degrees = np.rad2deg(angles - angles[0]) % 360
    if degrees[1] > 180:
        degrees = (-degrees) % 360
    return np.asarray(degrees, dtype=np.float64)


def _srmr(correlations: FloatArray, fitted: _Parameters) -> float:
    rows, columns = np.tril_indices(correlations.shape[0])
    return float(np.sqrt(np.mean((correlations - fitted.implied())[rows, columns] ** 2)))
