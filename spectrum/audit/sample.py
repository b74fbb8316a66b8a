"""Which clips a person is shown: enough of every value's set, and enough of the others to see what was missed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import BoolArray, FloatArray, IntArray
from video_index.keyed import shuffled

PER_VALUE = 30
"""Audited clips a value below which labels stay uncorrected (section 4 of MEASUREMENT.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditSample:
    """Clips in the order they are shown."""

    clip: IntArray
    """(a,) rows of the clip table."""


def draw_sample(
    clip_ids: Sequence[str], in_set: BoolArray, *, per_value: int = PER_VALUE, outside: int | None = None, seed: int = 0
) -> AuditSample:
    """`per_value` clips of every value's set and `outside` clips that are in no set, mixed.

    in_set: (m, v) which clip is in which value's set. `outside` is `per_value` by default; without such clips none
    is shown, and recall then speaks of the clips in sets only. Draws are keyed by the seed: a larger `per_value`
    shows the same clips and more, so an audit can be extended. The order mixes values, so that a person cannot tell
    the set from the place.
    """
    order = {clip_id: place for place, clip_id in enumerate(shuffled(clip_ids, seed, "audit", "draw"))}
    rank = np.array([order[clip_id] for clip_id in clip_ids], dtype=np.int64)
    strata = [*(np.flatnonzero(column) for column in in_set.T), np.flatnonzero(~in_set.any(axis=1))]
    wanted = [per_value] * in_set.shape[1] + [per_value if outside is None else outside]
    taken = np.zeros(len(clip_ids), dtype=np.bool_)
    for members, count in zip(strata, wanted, strict=True):
        if members.size:
            taken[members[np.argsort(rank[members], kind="stable")[:count]]] = True
    chosen = np.flatnonzero(taken)
    shown = {clip_id: place for place, clip_id in enumerate(shuffled(clip_ids, seed, "audit", "show"))}
    chosen = chosen[np.argsort([shown[clip_ids[int(row)]] for row in chosen], kind="stable")]
    return AuditSample(chosen)


def audit_weights(in_set: BoolArray, judged: IntArray) -> FloatArray:
    """(m,) how many clips each judged clip stands for: post-stratified by the sets it is in; 0 for the others.

    in_set: (m, v); judged: (a,) rows. Clips of equal sets are judged in keyed random order, so those that were stand
    for all of them (Holt and Smith 1979, Journal of the Royal Statistical Society A 142), however far the audit came.
    """
    _, pattern = np.unique(in_set, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    clips = np.bincount(pattern)
    seen = np.bincount(pattern[judged], minlength=clips.size)
    weight = np.zeros(in_set.shape[0])
    weight[judged] = clips[pattern[judged]] / seen[pattern[judged]]
    return weight
