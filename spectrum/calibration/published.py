"""Planted clips with all about them published: what they evoke, how they look, how likely one is accepted."""

import numpy as np

from spectrum.calibration.asked import several_values
from spectrum.calibration.gate import Effort, Row
from spectrum.calibration.planted import plant
from spectrum.calibration.worlds import Rule, sigmoid
from spectrum.stats.observations import FloatArray
from spectrum.values import SCHWARTZ

CLIPS = 1000
PROFILE_SD = 0.10
LOOKS = {
    "faces": 0.6,
    "text_area": -0.5,
    "brightness": 0.4,
    "sharpness": 0.3,
    "colourfulness": 0.3,
    "motion": 0.2,
}
"""How much each visible attribute of a clip moves its place."""


def planted_clips(effort: Effort) -> list[Row]:
    """A row a clip, of tables.PLANTED_CLIPS: clips of 2.3 values on average and one respondent that likes by `Rule`.

    A clip's place is the rank that the weighted sum of its attributes has among all clips, so that places are
    uniform; those below the share of clips with its labels that the respondent likes are accepted, a few doubtfully.
    """
    rng, world = effort.rng("planted clips"), Rule()
    labels = several_values(CLIPS, rng)
    looks = rng.normal(size=(CLIPS, len(LOOKS)))
    place = places(looks)
    planted = plant(world, PROFILE_SD, 1, rng)
    share = (planted.level + labels @ planted.theta)[:, 0] / world.steepness
    probability = sigmoid(world.steepness * (share - place))
    return [
        {
            "clip": clip,
            "evokes": ";".join(code for code, there in zip(SCHWARTZ.codes, labels[clip], strict=True) if there),
            **dict(zip(LOOKS, looks[clip].tolist(), strict=True)),
            "place": float(place[clip]),
            "share": float(share[clip]),
            "probability": float(probability[clip]),
        }
        for clip in range(CLIPS)
    ]


def places(looks: FloatArray) -> FloatArray:
    """(m,) ranks, spaced evenly within 0 to 1, of the weighted sums of (m, attributes)."""
    sums = looks @ np.array(list(LOOKS.values()))
    ranks = np.empty(sums.size)
    ranks[np.argsort(sums, kind="stable")] = (np.arange(sums.size) + 0.5) / sums.size
    return ranks
