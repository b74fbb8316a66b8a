"""The regression's columns: labels, framing and covariates, coded so that the intercept is the level."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import (
    NAMED,
    STEMS,
    FloatArray,
    Framing,
    IntArray,
    NotEstimableError,
    Observations,
    occurring,
)

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A regression's columns and what is wanted of its coefficients."""

    distinct: FloatArray
    """(u, k) the different rows of the regression, one a clip and framing; the first column is the intercept."""
    row: IntArray
    """(n,) which of them each response has."""
    inverse_gram: FloatArray
    """(k, k) Moore-Penrose inverse of the Gram matrix."""
    wanted: FloatArray
    """(q, k) takes the coefficients to the q quantities wanted."""
    clip_rank: int
    """Rank of the columns that differ between clips, the intercept with them."""
    condition_number: float
    """Of the label columns, centred and scaled to unit length each; their common sum, which labels that add
    up to one leave undetermined and centring removes, is not counted. 1.0 where there are no labels."""

    @property
    def counts(self) -> FloatArray:
        """(u,) how many responses have each distinct row."""
        return np.bincount(self.row, minlength=self.distinct.shape[0]).astype(np.float64)

    @property
    def matrix(self) -> FloatArray:
        """(n, k) the regression's columns, a row a response."""
        return self.distinct[self.row]


def profile_design(observations: Observations, *, own_yes_bias: bool = False) -> Design:
    """Intercept, labels, covariates and framing; wanted are the v label coefficients minus their mean.

    Labels and covariates are centred over the clips that have a response, framing is coded +.5 / -.5, so
    that neither moves the intercept. `own_yes_bias` adds label times stem, where both stems are there: a yes-bias
    that differs between values. It changes nothing on the probability scale, where the stems of a pair weigh alike;
    on the logit scale they do not, and such a bias left out would pass for preference. Raises NotEstimableError
    where there are too few clips, or where the labels cannot tell a value from the others.
    """
    seen, _ = occurring(observations.clip)
    values = observations.labels.shape[1]
    clip_columns = np.hstack(
        [
            np.ones((observations.labels.shape[0], 1)),
            _centred(observations.labels, seen),
            _scaled(_centred(observations.covariates, seen), seen),
        ]
    )
    _require_clips(observations, seen, 2 * clip_columns.shape[1])
    flat = np.flatnonzero(np.ptp(observations.labels[seen], axis=0) < TOLERANCE)
    if flat.size:
        raise NotEstimableError("no clip differs from the others in", tuple(flat.tolist()))
    distinct, row = _distinct(observations, clip_columns)
    if own_yes_bias and np.isin(STEMS, observations.framing).all():
        distinct = np.hstack([distinct, distinct[:, 1 : values + 1] * _polarity(observations.framing, row)])
    gram, inverse = _gram(distinct, row)
    wanted = np.zeros((values, distinct.shape[1]))
    wanted[:, 1 : values + 1] = np.eye(values) - 1.0 / values
    unexplained = np.abs(wanted - wanted @ inverse @ gram).max(axis=1)
    if (unexplained > 1e-6).any():
        raise NotEstimableError(
            "the labels of these clips cannot tell apart", tuple(np.flatnonzero(unexplained > 1e-6).tolist())
        )
    rank = int(np.linalg.matrix_rank(clip_columns[seen]))
    return Design(distinct, row, inverse, wanted, rank, _condition(clip_columns[seen, 1 : values + 1]))


def level_design(observations: Observations) -> Design:
    """Intercept and framing only; wanted is the intercept: mean acceptance under balanced framing.

    Raises NotEstimableError where fewer than two independent clips have a response.
    """
    _require_clips(observations, occurring(observations.clip)[0], 2)
    distinct, row = _distinct(observations, np.ones((observations.labels.shape[0], 1)))
    _, inverse = _gram(distinct, row)
    return Design(distinct, row, inverse, np.eye(1, distinct.shape[1]), 1, 1.0)


def _distinct(observations: Observations, clip_columns: FloatArray) -> tuple[FloatArray, IntArray]:
    """The rows that occur (clip columns (m, c), then framing columns), and which one each response has."""
    framings, framing = occurring(observations.framing)
    occurs, row = occurring(observations.clip * framings.size + framing)
    clip, form = np.divmod(occurs, framings.size)
    return np.hstack([clip_columns[clip], _framing_columns(framings)[form]]), row


def _polarity(framing: IntArray, row: IntArray) -> FloatArray:
    """(u, 1) +.5 in the distinct rows of "would", -.5 in those of "would not", else 0."""
    asked = np.empty(int(row.max()) + 1, dtype=np.int64)
    asked[row] = framing
    signs = 0.5 * (asked == Framing.WOULD) - 0.5 * (asked == Framing.WOULD_NOT)
    return np.asarray(signs[:, None], dtype=np.float64)


def _gram(distinct: FloatArray, row: IntArray) -> tuple[FloatArray, FloatArray]:
    counts = np.bincount(row, minlength=distinct.shape[0])
    gram = (distinct * counts[:, None]).T @ distinct
    inverse = np.linalg.pinv(gram, rcond=TOLERANCE, hermitian=True)
    return gram, np.asarray(inverse, dtype=np.float64)


def _require_clips(observations: Observations, seen: IntArray, needed: int) -> None:
    clusters = int(np.unique(observations.cluster[seen]).size)
    if clusters < needed:
        alike = f"; of {seen.size:,} clips, those of one creator or near-duplicates count once"
        raise NotEstimableError(
            f"{clusters} independent clips are too few (it takes at least {needed}"
            f"{alike if clusters < seen.size else ''})"
        )


def _centred(columns: FloatArray, seen: IntArray) -> FloatArray:
    return columns - columns[seen].mean(axis=0) if seen.size else columns


def _scaled(columns: FloatArray, seen: IntArray) -> FloatArray:
    """Unit standard deviation a column; constant columns out."""
    if not seen.size:
        return columns[:, :0]
    spread = columns[seen].std(axis=0)
    kept = spread > TOLERANCE
    return np.asarray(columns[:, kept] / spread[kept], dtype=np.float64)


def _framing_columns(framing: IntArray) -> FloatArray:
    """Block, stem polarity and option order of each framing, without those that earlier ones explain."""
    stem, named = np.isin(framing, STEMS), np.isin(framing, NAMED)
    candidates = [
        0.5 * stem - 0.5 * named,
        0.5 * (framing == Framing.WOULD) - 0.5 * (framing == Framing.WOULD_NOT),
        0.5 * (framing == Framing.FIRST) - 0.5 * (framing == Framing.SECOND),
    ]
    kept: list[FloatArray] = []
    for column in candidates:
        basis = np.column_stack([np.ones(framing.size), *kept])
        rest = column - basis @ np.linalg.lstsq(basis, column, rcond=None)[0]
        if np.sqrt(np.mean(rest**2)) > 1e-6:
            kept.append(column)
    return np.column_stack(kept) if kept else np.zeros((framing.size, 0))


def _condition(labels: FloatArray) -> float:
    singular = np.linalg.svd(labels / np.linalg.norm(labels, axis=0), compute_uv=False)
    kept = singular[singular > 1e-6 * singular[0]]
    return float(kept[0] / kept[-1])
