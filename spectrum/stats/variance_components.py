"""Where the variance of answers comes from: components of crossed and nested factors in any unbalanced design.

MIVQUE(0), the quadratic estimation of Rao (1971) with the weights of Hartley, Rao and LaMotte (1978, Biometrics 34):
the squared sums of each factor's levels, fixed effects taken out, are set to their expectations. Unbiased for any
design, equal to the analysis of variance in a balanced one, and linear in the number of answers, where restricted
likelihood takes a matrix as large as the clips. It may be negative, which says "about zero": that is how an unbiased
estimate of a zero looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, IntArray, NotEstimableError

RESIDUAL = "residual"


@dataclass(frozen=True, slots=True, eq=False)
class VarianceComponents:
    """Components by factor, the residual last, in squared units of the response."""

    estimates: Mapping[str, float]
    """As estimated: may be negative."""
    levels: Mapping[str, int]
    """How many levels each factor has; of the residual, the number of responses."""

    def component(self, factor: str) -> float:
        """A component, not below zero."""
        return max(self.estimates[factor], 0.0)

    def share(self, factor: str) -> float:
        """Of the sum of all components, each not below zero; NaN where all are zero."""
        total = sum(self.component(name) for name in self.estimates)
        return self.component(factor) / total if total > 0 else float("nan")


def variance_components(
    response: FloatArray, factors: Mapping[str, IntArray], fixed: FloatArray | None = None
) -> VarianceComponents:
    """Components of response (n,) for factors (n,) of level numbers; `fixed` (n, f) are columns to take out.

    An intercept is taken out always. An interaction is a factor of its own, numbered by `crossed`. Raises
    NotEstimableError where the design cannot tell the components apart (one level, or two factors that are one).
    """
    names = [*factors, RESIDUAL]
    columns = np.ones((response.size, 1)) if fixed is None else np.column_stack([np.ones(response.size), fixed])
    basis = _orthonormal(columns)
    centred = response - basis @ (basis.T @ response)
    codes = [numbered(levels) for levels in factors.values()]
    counts = [int(code.max()) + 1 for code in codes]
    sums = [np.bincount(code, weights=centred, minlength=count) for code, count in zip(codes, counts, strict=True)]
    loads = [_level_sums(basis, code, count) for code, count in zip(codes, counts, strict=True)]
    size = len(names)
    expected = np.zeros((size, size))
    for row in range(size - 1):
        for column in range(row, size - 1):
            expected[row, column] = expected[column, row] = _overlap(
                codes[row], codes[column], counts[column], loads[row], loads[column]
            )
        traced = float(response.size - (loads[row] ** 2).sum())
        expected[row, -1] = expected[-1, row] = traced
    expected[-1, -1] = response.size - basis.shape[1]
    squares = np.array([*(float(total @ total) for total in sums), float(centred @ centred)])
    scale = np.sqrt(np.maximum(np.diag(expected), 1e-12))
    if np.linalg.cond(expected / np.outer(scale, scale)) > 1e10:
        raise NotEstimableError("this design cannot tell apart the variance of " + ", ".join(factors))
    found = np.linalg.solve(expected, squares)
    return VarianceComponents(
        dict(zip(names, found.tolist(), strict=True)), dict(zip(names, [*counts, response.size], strict=True))
    )


def crossed(first: IntArray, second: IntArray) -> IntArray:
    """Level numbers (n,) of the interaction of two factors (n,): equal where both are."""
    b = numbered(second)
    return np.asarray(numbered(first) * (int(b.max(initial=0)) + 1) + b, dtype=np.int64)


def numbered(levels: IntArray) -> IntArray:
    """The levels that occur, numbered from 0 in their order: by counting where they are dense, else by sorting."""
    if not levels.size:
        return levels.astype(np.int64)
    low, high = int(levels.min()), int(levels.max())
    if high - low > 8 * levels.size:
        return np.unique(levels, return_inverse=True)[1].astype(np.int64)
    place = np.cumsum(np.bincount(levels - low) > 0) - 1
    return np.asarray(place[levels - low], dtype=np.int64)


def _orthonormal(columns: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(columns.T @ columns)
    kept = values > 1e-10 * values[-1]
    return np.asarray(columns @ (vectors[:, kept] / np.sqrt(values[kept])), dtype=np.float64)


def _level_sums(basis: FloatArray, code: IntArray, count: int) -> FloatArray:
    """Z'Q: the basis summed over each level, (levels, rank)."""
    columns = [np.bincount(code, weights=column, minlength=count) for column in basis.T]
    return np.column_stack(columns)


def _overlap(first: IntArray, second: IntArray, count: int, first_load: FloatArray, second_load: FloatArray) -> float:
    """Squared Frobenius norm of Z1' M Z2 with M = I - QQ', without forming what is dense in both levels."""
    from scipy.sparse import coo_matrix

    table = coo_matrix((np.ones(first.size), (first, second)), shape=(len(first_load), count)).tocsr().tocoo()
    rows, columns, shared = table.row, table.col, table.data
    inner = (first_load[rows] * second_load[columns]).sum(axis=1)
    dense = float(np.sum((first_load.T @ first_load) * (second_load.T @ second_load)))
    return float((shared**2).sum() - 2 * (shared * inner).sum()) + dense
