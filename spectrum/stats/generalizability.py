"""How far a profile would come out the same with other clips and wordings: Cronbach's generalizability coefficient.

From the variance components of one respondent's answers (Brennan 2001): the share of the variance between the values'
means that is about values, and not about the clips, wordings and replies they were measured with. What all values
share (a wording's general acceptance, framing) cancels in a profile and is no error of it.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, IntArray, NotEstimableError
from spectrum.stats.variance_components import RESIDUAL, VarianceComponents, crossed, numbered, variance_components

GOOD = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Generalizability:
    """Components of acceptance and what follows for the profile."""

    components: VarianceComponents
    """Of value, clip, wording, value x wording, clip x wording, residual; in squared acceptance."""
    coefficient: float
    """G, 0 to 1, relative: of differences between values. NaN where nothing varies."""
    clips_a_value: float
    """Harmonic mean."""
    wordings: int
    clips_needed: int | None
    """Clips a value for a coefficient of .8 with the same wordings; None where no number of clips reaches it."""


def generalizability(
    response: FloatArray, value: IntArray, clip: IntArray, wording: IntArray, framing: IntArray
) -> Generalizability:
    """From answers (n,), each about a clip of one value's set; framing is taken out as fixed effects.

    Raises NotEstimableError where there is one value, one wording, one clip a value, or no two answers to a cell.
    """
    levels = np.flatnonzero(np.bincount(framing))[1:]
    fixed = np.column_stack([(framing == level).astype(np.float64) for level in levels]) if levels.size else None
    value_wording, clip_wording = crossed(value, wording), crossed(clip, wording)
    found = variance_components(
        response,
        {
            "value": value,
            "clip": clip,
            "wording": wording,
            "value x wording": value_wording,
            "clip x wording": clip_wording,
        },
        fixed,
    )
    clips, cells, answers = (_per_value(value, unit) for unit in (clip, clip_wording, np.arange(response.size)))
    wordings = found.levels["wording"]
    by_clip = (
        found.component("clip")
        + found.component("clip x wording") * clips / cells
        + found.component(RESIDUAL) * clips / answers
    )
    true, by_wording = found.component("value"), found.component("value x wording") / wordings
    spread = true + by_wording + by_clip / clips
    return Generalizability(
        components=found,
        coefficient=true / spread if spread > 0 else float("nan"),
        clips_a_value=clips,
        wordings=wordings,
        clips_needed=_needed(true, by_wording, by_clip),
    )


def _needed(true: float, by_wording: float, by_clip: float) -> int | None:
    room = true * (1 - GOOD) / GOOD - by_wording
    return int(np.ceil(by_clip / room)) if room > 0 else None


def _per_value(value: IntArray, unit: IntArray) -> float:
    """Harmonic mean over values of their numbers of distinct units, each of which belongs to one value."""
    number = numbered(unit)
    value_of = np.zeros(int(number.max()) + 1, dtype=np.int64)
    value_of[number] = value
    counts = np.bincount(value_of)
    counts = counts[counts > 0]
    if counts.size < 2:
        raise NotEstimableError("the clips belong to one value only")
    return float(counts.size / (1 / counts).sum())
