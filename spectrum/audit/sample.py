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
    weight: FloatArray
    """(a,) one over the probability that the clip was drawn."""


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
    left_out = np.ones(len(clip_ids))
    taken = np.zeros(len(clip_ids), dtype=np.bool_)
    for members, count in zip(strata, wanted, strict=True):
        if members.size:
            taken[members[np.argsort(rank[members], kind="stable")[:count]]] = True
            left_out[members] *= 1.0 - min(1.0, count / members.size)
    chosen = np.flatnonzero(taken)
    shown = {clip_id: place for place, clip_id in enumerate(shuffled(clip_ids, seed, "audit", "show"))}
    chosen = chosen[np.argsort([shown[clip_ids[int(row)]] for row in chosen], kind="stable")]
    return AuditSample(chosen, 1.0 / (1.0 - left_out[chosen]))
