"""Logistic regression by Newton's method, honest about separation."""

import numpy as np

from spectrum.stats.observations import FloatArray, NotEstimableError

STEPS = 50
FLAT = 1e-10
"""A fit is done when no coefficient moves the linear predictor by more than this."""
EXTREME = 12.0
"""Logits beyond this (a probability of 6 in a million) mean that the answers are separated."""


def fit_logistic(
    matrix: FloatArray, response: FloatArray, counts: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Maximise the (quasi-)likelihood of responses in [0, 1]; columns may be linearly dependent.

    matrix (n, k), response (n,): one answer a row, or the mean of as many answers as `counts` (n,) says. Returns
    coefficients (k,), fitted probabilities (n,) and the pseudo-inverse of the information (k, k). Raises
    NotEstimableError where the maximum does not exist because some combination of columns predicts some
    answers perfectly (Albert and Anderson 1984, Biometrika 71).
    """
    counts = np.ones(response.size) if counts is None else counts
    coefficients: FloatArray = np.zeros(matrix.shape[1])
    for _ in range(STEPS):
        fitted = _sigmoid(matrix @ coefficients)
        weight = counts * fitted * (1 - fitted)
        information = np.linalg.pinv((matrix * weight[:, None]).T @ matrix, rcond=1e-10, hermitian=True)
        step = information @ (matrix.T @ (counts * (response - fitted)))
        moved = float(np.abs(matrix @ step).max())
        coefficients = coefficients + step * min(1.0, 4.0 / max(moved, 1e-300))
        if np.abs(matrix @ coefficients).max() > EXTREME:
            break
        if moved < FLAT:
            return coefficients, _sigmoid(matrix @ coefficients), np.asarray(information, dtype=np.float64)
    raise NotEstimableError("some clips are accepted always or never, so that the logit scale has no end")


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)
