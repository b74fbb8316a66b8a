"""Intervals, p-values and their correction for many."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import Inference
from spectrum.stats.observations import FloatArray

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """One number an estimate, each array (r,); (runs, r) where many runs were estimated at once."""

    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    """Two-sided, against zero, this estimate alone."""
    p_holm: FloatArray
    """Holm over the r estimates of a run."""


def t_intervals(inference: Inference, confidence: float = CONFIDENCE) -> Intervals:
    """Student intervals and two-sided p-values; an estimate of zero without any error has p 1."""
    from scipy import stats

    estimate, se, df = inference.estimate, inference.se, inference.df
    reach = stats.t.ppf(0.5 + confidence / 2, df) * se
    ratio = np.abs(estimate) / np.where(se > 0, se, 1.0)
    p = np.where(se > 0, 2 * stats.t.sf(ratio, df), np.where(estimate == 0, 1.0, 0.0))
    return Intervals(estimate, se, df, estimate - reach, estimate + reach, p, holm(p))


def holm(p: FloatArray) -> FloatArray:
    """Holm's step-down adjusted p-values (1979, Scand. J. Statist. 6), in the order given, over the last axis.

    Not by statsmodels' multipletests, the tests' oracle: each call runs a full garbage collection, some 50 ms
    here and more beside a loaded checkpoint.
    """
    order = np.argsort(p, axis=-1, kind="stable")
    stepped = np.maximum.accumulate(np.take_along_axis(p, order, -1) * np.arange(p.shape[-1], 0, -1), axis=-1)
    adjusted = np.empty_like(stepped)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), axis=-1)
    return adjusted
