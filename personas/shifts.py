"""How far each persona moved a respondent's profile from neutral, with what is needed for any interval over them.

A shift is the joint regression of spectrum.stats.contrast on answers as a persona minus answers as nobody, on identical
items. Kept beside it are the sums of its scores over clips, over wordings and over both: the variance of any linear
combination over personas and values comes from them, the dependence between personas that share clips included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import FEWEST_WORDINGS, NOISE, Inference
from spectrum.stats.design import Design, level_design, profile_design
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.observations import FloatArray, IntArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Sums of the scores over the levels of one dimension (clips, wordings, or both)."""

    sums: FloatArray
    """(personas, levels, values + 1); the last column is the level's."""
    keys: IntArray
    """(levels,) which clip cluster (wording, pair), the same number in every run of the numbers."""
    scale: float
    """Finite-sample factor of the sums' products."""


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """Profile and level shifts of p personas over v values."""

    delta: FloatArray
    """(p, v) change attributable to each value, minus its mean over the values; -1 to 1."""
    level: FloatArray
    """(p,) change of general acceptance."""
    clip: Scores
    wording: Scores | None
    """None with fewer than five wordings: intervals are then conditional on them."""
    both: Scores | None
    masses: FloatArray
    """(clips, v + 1, v + 1) sums over each clip cluster of the products of the answers' weights."""
    clip_df: float
    """At most so many degrees of freedom."""
    items: IntArray
    """(p,) identical items each rests on."""

    @property
    def conditional_on_wordings(self) -> bool:
        """Whether the wordings are taken as given."""
        return self.wording is None

    def freedom(self, directions: FloatArray) -> FloatArray:
        """Degrees of freedom of combinations (..., v + 1, v + 1) of the shifts (sums of g g' over personas), (...).

        The effective number of clip clusters less one (Carter, Schnepel and Steigerwald 2017): a contrast of two
        values rests on the clips that evoke them.
        """
        mass = np.einsum("kvw,...vw->...k", self.masses, directions)
        squared = (mass**2).sum(axis=-1)
        effective = np.where(squared > 0, mass.sum(axis=-1) ** 2 / np.where(squared > 0, squared, 1.0), 2.0)
        return np.asarray(np.clip(effective - 1, 1.0, self.clip_df), dtype=np.float64)

    def by_value(self) -> Intervals:
        """Each shift against zero, (p, v); Holm over a persona's values."""
        variance = (self.clip.sums[:, :, :-1] ** 2).sum(axis=1) * self.clip.scale
        values = self.delta.shape[1]
        each = np.zeros((values, values + 1, values + 1))
        each[np.arange(values), np.arange(values), np.arange(values)] = 1.0
        spread = variance**2 / self.freedom(each)
        if self.wording is not None and self.both is not None:
            parts = [(s.sums[:, :, :-1] ** 2).sum(axis=1) * s.scale for s in (self.wording, self.both)]
            excess = np.maximum(parts[0] - parts[1], 0.0)
            variance = variance + excess
            spread = spread + excess**2 / max(self.wording.keys.size - 1, 1)
        df = np.where(spread > 0, variance**2 / np.where(spread > 0, spread, 1.0), self.clip_df)
        se = np.sqrt(variance)
        inference = Inference(
            np.where(np.abs(self.delta) < NOISE, 0.0, self.delta), np.where(se < NOISE, 0.0, se), np.maximum(df, 1.0)
        )
        return t_intervals(inference)

    def level_se(self) -> FloatArray:
        """Standard error of each level shift, (p,)."""
        parts = [
            (scores.sums[:, :, -1] ** 2).sum(axis=1) * scores.scale
            for scores in (self.clip, self.wording, self.both)
            if scores is not None
        ]
        variance = parts[0] + (np.maximum(parts[1] - parts[2], 0.0) if len(parts) == 3 else 0.0)
        return np.asarray(np.sqrt(variance), dtype=np.float64)

    def keep(self, rows: Sequence[int] | IntArray) -> "Shifts":
        """These personas only."""
        chosen = np.asarray(rows, dtype=np.int64)

        def part(scores: Scores | None) -> Scores | None:
            return None if scores is None else Scores(scores.sums[chosen], scores.keys, scores.scale)

        return Shifts(
            self.delta[chosen],
            self.level[chosen],
            Scores(self.clip.sums[chosen], self.clip.keys, self.clip.scale),
            part(self.wording),
            part(self.both),
            self.masses,
            self.clip_df,
            self.items[chosen],
        )


def estimate_shifts(differences: Observations) -> Shifts:
    """Shifts from differences persona minus neutral, response (n, p): a column a persona, all on the same items.

    Raises NotEstimableError where clips are too few, or their labels cannot tell the values apart.
    """
    profile = _scored(differences, profile_design(differences))
    level = _scored(differences, level_design(differences))
    cluster = differences.cluster[differences.clip]
    wording = differences.wording
    # By the clusters of all clips, not by the wordings seen here: parts that are joined must number pairs alike.
    pairs = wording * (int(differences.cluster.max()) + 1) + cluster
    clips, rank = np.unique(cluster).size, profile.design.clip_rank
    by_wording = by_both = None
    if differences.wordings >= FEWEST_WORDINGS:
        by_wording = _scores(profile, level, wording)
        by_both = _scores(profile, level, pairs)
    by_clip = _scores(profile, level, cluster)
    return Shifts(
        delta=profile.estimate,
        level=level.estimate[:, 0],
        clip=Scores(by_clip.sums, by_clip.keys, clips / (clips - rank)),
        wording=by_wording,
        both=by_both,
        masses=_masses(profile, level, differences),
        clip_df=float(max(clips - rank, 1)),
        items=np.full(profile.estimate.shape[0], differences.response.shape[0], dtype=np.int64),
    )


def joined(parts: Sequence[Shifts], order: Sequence[int]) -> Shifts:
    """Shifts that were estimated apart, because their items differ; `order`: each row's place among all."""
    place = np.argsort(np.asarray(order), kind="stable")
    if len(parts) == 1:
        return parts[0].keep(place)
    conditional = any(part.wording is None for part in parts)
    return Shifts(
        delta=np.concatenate([part.delta for part in parts])[place],
        level=np.concatenate([part.level for part in parts])[place],
        clip=_aligned([part.clip for part in parts], place),
        wording=None if conditional else _aligned([part.wording for part in parts if part.wording], place),
        both=None if conditional else _aligned([part.both for part in parts if part.both], place),
        masses=max((part.masses for part in parts), key=len),
        clip_df=min(part.clip_df for part in parts),
        items=np.concatenate([part.items for part in parts])[place],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """A regression with its weights and residuals, before they are summed over anything."""

    design: Design
    estimate: FloatArray
    """(p, q)"""
    weights: FloatArray
    """(n, q)"""
    residuals: FloatArray
    """(n, p)"""


def _scored(differences: Observations, design: Design) -> _Scored:
    response = differences.response
    totals = _sums(np.ones((design.row.size, 1)), response, design.row)[:, :, 0].T
    coefficients = design.inverse_gram @ (design.distinct.T @ totals)
    fitted = design.distinct @ coefficients
    weights = (design.distinct @ (design.inverse_gram @ design.wanted.T))[design.row]
    return _Scored(design, (design.wanted @ coefficients).T, weights, response - fitted[design.row])


def _scores(profile: _Scored, level: _Scored, keys: IntArray) -> Scores:
    sums = [_sums(part.weights, part.residuals, keys) for part in (profile, level)]
    count = sums[0].shape[1]
    return Scores(np.concatenate(sums, axis=2), np.unique(keys), count / max(count - 1, 1))


def _masses(profile: _Scored, level: _Scored, differences: Observations) -> FloatArray:
    _, first, counts = np.unique(profile.design.row, return_index=True, return_counts=True)
    weights = np.hstack([profile.weights[first], level.weights[first]]) * np.sqrt(counts)[:, None]
    products = weights[:, :, None] * weights[:, None, :]
    products[:, -1, :-1] = products[:, :-1, -1] = 0.0
    _, code = np.unique(differences.cluster[differences.clip[first]], return_inverse=True)
    masses = np.zeros((int(code.max()) + 1, *products.shape[1:]))
    np.add.at(masses, code, products)
    return masses


def _sums(weights: FloatArray, rows: FloatArray, keys: IntArray) -> FloatArray:
    """Sums of weights (n, q) times rows (n, p) over each key, in the keys' order: (p, keys, q)."""
    from scipy.sparse import csr_array

    names, code = np.unique(keys, return_inverse=True)
    order = np.argsort(code, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(code))])
    shape = (names.size, order.size)
    return np.stack([(csr_array((w[order], order, ends), shape=shape) @ rows).T for w in weights.T], axis=-1)


def _aligned(parts: Sequence[Scores], place: IntArray) -> Scores:
    """One table of all levels; a persona without answers at a level has no score there."""
    keys = np.unique(np.concatenate([part.keys for part in parts]))
    tables = []
    for part in parts:
        table = np.zeros((part.sums.shape[0], keys.size, part.sums.shape[2]))
        table[:, np.searchsorted(keys, part.keys)] = part.sums
        tables.append(table)
    return Scores(np.concatenate(tables)[place], keys, max(part.scale for part in parts))
