"""Would other clips, other wordings, or both have given the same profile? Keyed split halves.

Halves of the clips share their wordings, and whatever a wording does to a value comes back in both: they agree (.28
on average after Spearman and Brown) even for simulated respondents that prefer nothing. So the halves that a verdict
rests on differ in both: one half of the clips in one half of the wordings, against the rest in the rest.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.stats.observations import BoolArray, FloatArray, IntArray, NotEstimableError, Observations
from spectrum.stats.reliability import spearman_brown
from spectrum.stats.variance_components import numbered
from video_index.keyed import permutation, uniforms

SPLITS = 100
By = Literal["clips", "wordings", "both"]


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """Profiles of two halves against one another, over keyed splits."""

    correlation: float
    """Mean over the splits of the correlation of the two halves' profiles."""
    reliability: float
    """Of the whole, by Spearman and Brown: 2r / (1 + r)."""
    low: float
    """5% of the splits lie below; of the whole's reliability. A spread over splits, not a confidence interval."""
    high: float
    """5% lie above."""
    splits: int
    units: int
    """Independent clips (of "wordings": wordings) that were dealt out."""


def split_half(observations: Observations, by: By = "clips", *, splits: int = SPLITS, seed: int = 0) -> SplitHalf:
    """Correlate the profiles of two halves of the clips (evenly over values, clusters whole), the wordings, or both.

    "both" leaves out the answers in which one half's clips meet the other half's wordings; what is stepped up is then
    a little low, because the whole has four times the answers and not twice. A half's profile is the joint
    regression of its clips' mean acceptance, framing effects taken out, on all label probabilities, as in
    estimate_profile. Raises NotEstimableError where a half would hold too few clips or wordings, or where the
    halves' profiles are flat.
    """
    if not observations.response.size:
        raise NotEstimableError("nothing was answered")
    cells = _Cells.of(observations)
    found = [_correlate(*_halves(observations, cells, by, split, seed), observations.labels) for split in range(splits)]
    usable = np.array([value for value in found if np.isfinite(value)])
    if usable.size < splits / 2:
        raise NotEstimableError("the halves' profiles are flat, or their labels cannot tell the values apart")
    mean = float(usable.mean())
    low, high = (spearman_brown(float(end)) for end in np.quantile(usable, (0.05, 0.95)))
    units = cells.wording if by == "wordings" else observations.cluster[cells.clip]
    return SplitHalf(mean, spearman_brown(mean), low, high, int(usable.size), int(np.unique(units).size))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Answers added up by clip x wording, framing effects taken out: all that a split needs of them."""

    clip: IntArray
    wording: IntArray
    count: FloatArray
    total: FloatArray

    @classmethod
    def of(cls, observations: Observations) -> "_Cells":
        framing = observations.framing
        means = np.bincount(framing, weights=observations.response) / np.maximum(np.bincount(framing), 1)
        adjusted = observations.response - means[framing]
        number = numbered(observations.wording)
        wordings = int(number.max()) + 1
        place = observations.clip * wordings + number
        answers = np.bincount(place)
        used = np.flatnonzero(answers)
        total = np.bincount(place, weights=adjusted)[used]
        clip, wording = np.divmod(used, wordings)
        return cls(clip, wording, answers[used].astype(np.float64), np.asarray(total, dtype=np.float64))


def _halves(
    observations: Observations, cells: _Cells, by: By, split: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Answers and sums of each clip in one half and in the other, each (m,)."""
    clips = observations.labels.shape[0]
    sides = []
    if by != "wordings":
        sides.append(_clip_sides(observations, split, seed)[cells.clip])
    if by != "clips":
        sides.append(_wording_sides(cells.wording, split, seed))
    parts: list[FloatArray] = []
    for half in (False, True):
        rows = np.logical_and.reduce([side == half for side in sides])
        clip = cells.clip[rows]
        parts += [
            np.bincount(clip, weights=cells.count[rows], minlength=clips).astype(np.float64),
            np.bincount(clip, weights=cells.total[rows], minlength=clips).astype(np.float64),
        ]
    return parts[0], parts[1], parts[2], parts[3]


def _clip_sides(observations: Observations, split: int, seed: int) -> BoolArray:
    """Which half each clip is in, (m,): clusters whole, dealt out alternately within the value they evoke most."""
    seen = np.flatnonzero(np.bincount(observations.clip))
    clusters, first, member = np.unique(observations.cluster[seen], return_index=True, return_inverse=True)
    needed = 4 * (1 + observations.labels.shape[1])
    if clusters.size < needed:
        raise NotEstimableError(f"{clusters.size} independent clips are too few to halve (it takes {needed})")
    value = observations.labels[seen[first]].argmax(axis=1)
    order = np.lexsort((uniforms(clusters.size, seed, "halves", split), value))
    side = np.empty(clusters.size, dtype=np.bool_)
    side[order] = np.arange(clusters.size) % 2 == 1
    found = np.zeros(observations.labels.shape[0], dtype=np.bool_)
    found[seen] = side[member]
    return np.asarray(found, dtype=np.bool_)


def _wording_sides(wording: IntArray, split: int, seed: int) -> BoolArray:
    """Which half each cell's wording is in; `wording` are numbers from 0 without gaps."""
    count = int(wording.max()) + 1
    if count < 4:
        raise NotEstimableError(f"{count} wordings are too few to halve (it takes 4)")
    side = permutation(count, seed, "wording halves", split) % 2 == 1
    return np.asarray(side[wording], dtype=np.bool_)


def _correlate(
    count: FloatArray, total: FloatArray, other_count: FloatArray, other_total: FloatArray, labels: FloatArray
) -> float:
    first, second = _profile(count, total, labels), _profile(other_count, other_total, labels)
    spread = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / spread if spread > 1e-12 else float("nan")


def _profile(count: FloatArray, total: FloatArray, labels: FloatArray) -> FloatArray:
    """Centred label coefficients (v,) of clips' means, each weighing as much as its answers."""
    seen = count > 0
    columns = np.column_stack([np.ones(int(seen.sum())), labels[seen] - labels[seen].mean(axis=0)])
    gram = (columns * count[seen, None]).T @ columns
    coefficients = np.linalg.pinv(gram, rcond=1e-9, hermitian=True) @ (columns.T @ total[seen])
    values = coefficients[1:]
    return np.asarray(values - values.mean(), dtype=np.float64)
