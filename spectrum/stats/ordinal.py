"""Answers on a short scale, as ordered categories: the cumulative logit model, with and without a random intercept.

P(answer <= j) = sigmoid(threshold_j - x'b - u), u normal over units (items, judges). Without u by statsmodels'
OrderedModel; with u ours, because no library at hand has it: the marginal likelihood by Gauss-Hermite quadrature.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import cluster_sums
from spectrum.stats.observations import FloatArray, IntArray, NotEstimableError

NODES = 32
SMALLEST_SD = 1e-3
EXTREME = 12.0
"""Logits beyond this mean that the answers are separated."""


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalFit:
    """A fitted cumulative logit model."""

    effects: FloatArray
    """(q,) logits: positive raises the answer."""
    se: FloatArray
    """(q,) from the observed information."""
    thresholds: FloatArray
    """(categories - 1,) ascending."""
    log_likelihood: float
    intercept_variance: float | None
    """Of the units' intercepts; None where the model has none."""


def fit_ordinal(answers: IntArray, columns: FloatArray) -> OrdinalFit:
    """Regress ordered answers (n,) on columns (n, q) without an intercept: McCullagh (1980, JRSS B 42).

    Categories are the distinct answers that occur. Raises NotEstimableError where there are fewer than two, or where
    the fit does not converge (a column that separates the answers).
    """
    import warnings

    from statsmodels.miscmodels.ordinal_model import OrderedModel

    codes, count = _codes(answers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = OrderedModel(codes, columns, distr="logit")
        fit = model.fit(method="bfgs", disp=False, maxiter=500, gtol=1e-6)
    width = columns.shape[1]
    reach = np.abs((columns - columns.mean(axis=0)) @ np.asarray(fit.params[:width], dtype=np.float64)).max()
    if not fit.mle_retvals["converged"] or not np.isfinite(fit.bse).all() or reach > EXTREME:
        raise NotEstimableError("the ordinal model does not converge: some column separates the answers")
    thresholds = np.asarray(model.transform_threshold_params(fit.params)[1:-1], dtype=np.float64)
    assert thresholds.size == count - 1
    return OrdinalFit(
        np.asarray(fit.params[:width], dtype=np.float64),
        np.asarray(fit.bse[:width], dtype=np.float64),
        thresholds,
        float(fit.llf),
        None,
    )


def fit_mixed_ordinal(answers: IntArray, columns: FloatArray, unit: IntArray, nodes: int = NODES) -> OrdinalFit:
    """The same with a normal intercept a unit (n,): Hedeker and Gibbons (1994, Biometrics 50), not adaptive.

    `nodes` points of quadrature integrate the intercept out. Raises as fit_ordinal does.
    """
    from scipy.optimize import minimize

    start = fit_ordinal(answers, columns)
    codes, _ = _codes(answers)
    units = np.unique(unit, return_inverse=True)[1]
    likelihood = _Mixed(codes, columns, np.asarray(units, dtype=np.int64), nodes)
    free = np.concatenate([start.effects, start.thresholds[:1], np.log(np.diff(start.thresholds)), [0.0]])
    found = minimize(likelihood, free, jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": 500})
    if not np.isfinite(found.fun):
        raise NotEstimableError("the ordinal model does not converge: some column separates the answers")
    width = columns.shape[1]
    steps = 1e-5 * np.eye(free.size)
    information = np.array([(likelihood(found.x + s)[1] - likelihood(found.x - s)[1]) / 2e-5 for s in steps])
    covariance = np.linalg.pinv((information + information.T) / 2)
    return OrdinalFit(
        np.asarray(found.x[:width], dtype=np.float64),
        np.sqrt(np.maximum(np.diag(covariance)[:width], 0.0)),
        likelihood.thresholds(found.x),
        -float(found.fun),
        float(np.exp(2 * found.x[-1])),
    )


def _codes(answers: IntArray) -> tuple[IntArray, int]:
    levels, codes = np.unique(answers, return_inverse=True)
    if levels.size < 2:
        raise NotEstimableError("all answers are the same")
    return np.asarray(codes, dtype=np.int64), int(levels.size)


@dataclass(frozen=True, slots=True, eq=False)
class _Mixed:
    """Minus the marginal log likelihood and its gradient over effects, threshold 1, logs of the gaps, log SD."""

    codes: IntArray
    columns: FloatArray
    unit: IntArray
    nodes: int

    def thresholds(self, free: FloatArray) -> FloatArray:
        """Ascending thresholds from the free parameters."""
        width = self.columns.shape[1]
        return np.cumsum(np.concatenate([free[width : width + 1], np.exp(np.clip(free[width + 1 : -1], -20, 20))]))

    def __call__(self, free: FloatArray) -> tuple[float, FloatArray]:
        width = self.columns.shape[1]
        thresholds = np.concatenate([[-np.inf], self.thresholds(free), [np.inf]])
        sd = max(float(np.exp(np.clip(free[-1], -20, 20))), SMALLEST_SD)
        nodes, weights = np.polynomial.hermite_e.hermegauss(self.nodes)
        shift = (self.columns @ free[:width])[:, None] + sd * nodes
        upper = _sigmoid(thresholds[self.codes + 1][:, None] - shift)
        lower = _sigmoid(thresholds[self.codes][:, None] - shift)
        chance = np.maximum(upper - lower, 1e-300)
        by_unit = cluster_sums(np.log(chance), self.unit)
        top = by_unit.max(axis=1, keepdims=True)
        joint = np.exp(by_unit - top) * (weights / weights.sum())
        marginal = joint.sum(axis=1, keepdims=True)
        posterior = (joint / marginal)[self.unit]
        slope_up = posterior * upper * (1 - upper) / chance
        slope_down = posterior * lower * (1 - lower) / chance
        by_shift = slope_down - slope_up
        by_threshold = np.bincount(self.codes + 1, weights=slope_up.sum(axis=1), minlength=thresholds.size)
        by_threshold -= np.bincount(self.codes, weights=slope_down.sum(axis=1), minlength=thresholds.size)
        inner = by_threshold[1:-1]
        later = np.cumsum(inner[::-1])[::-1]
        gradient = np.concatenate(
            [
                self.columns.T @ by_shift.sum(axis=1),
                later[:1],
                later[1:] * np.diff(thresholds[1:-1]),
                [float((by_shift * sd * nodes).sum())],
            ]
        )
        return -float((np.log(marginal) + top).sum()), -gradient


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)
