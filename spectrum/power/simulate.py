"""Simulated respondents put to a planned design: answers of many runs at once, with a known truth.

A clip's acceptance is logistic: level + what its value adds + the clip's own liking + the wording's, the value's
liking of the wording, and the clip's of the wording, each normal with the design's SDs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.calibration.asked import VALUES, Asked
from spectrum.calibration.planted import YES_MOVES
from spectrum.power.design import Design
from spectrum.stats.observations import FloatArray, Framing

_NODES = 61
Liking = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Planted:
    """What the two simulated respondents prefer."""

    level: float
    """Logit of the average clip."""
    theta: FloatArray
    """(v,) logits that each value adds, for the respondent with the effect; the other has none."""


def plant(design: Design) -> Planted:
    """Logits under which the first value stands `effect` from the mean over the values, averaged over the framings."""
    from scipy.optimize import brentq

    level = float(brentq(lambda x: _accepted(design, x, bias=False) - design.acceptance, -30, 30))
    base = _accepted(design, level)
    wanted = design.effect * VALUES / (VALUES - 1)
    shift = float(brentq(lambda x: _accepted(design, level + x) - base - wanted, -30, 30))
    theta = np.zeros(VALUES)
    theta[0] = shift
    return Planted(level, theta)


def draw(
    design: Design, planted: Planted, asked: Asked, runs: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Acceptance (n, runs) of two respondents to the same asks: one with the effect, one without.

    Repeats are averaged. Their likings of clips and wordings correlate as the design says; each answer is a draw
    of its own.
    """
    clips = asked.labels.shape[0]
    spread = design.spread
    value = asked.labels.argmax(axis=1)
    cell = asked.clip * asked.wordings + asked.wording
    cells, at = np.unique(cell, return_inverse=True)
    clip, wording = np.divmod(cells, asked.wordings)
    likings = [np.full((cells.size, runs), planted.level, dtype=np.float32) for _ in range(2)]
    for size, shape, index in (
        (spread.clip, (clips,), (clip,)),
        (spread.wording, (asked.wordings,), (wording,)),
        (spread.value_wording, (VALUES, asked.wordings), (value[clip], wording)),
        (spread.clip_wording, (cells.size,), (slice(None),)),
    ):
        for liking, part in zip(likings, _alike((*shape, runs), design.correlation, rng), strict=True):
            liking += np.float32(size) * part[index]
    likings[0] += planted.theta[value[clip]].astype(np.float32)[:, None]
    shift = np.array(
        [design.bias * YES_MOVES.get(Framing(code), 0.0) for code in range(len(Framing))], dtype=np.float32
    )
    push = shift[asked.framing][:, None]
    one, other = (_answers(liking[at] + push, design.repeats, rng) for liking in likings)
    return one, other


def _alike(shape: tuple[int, ...], correlation: float, rng: np.random.Generator) -> tuple[Liking, Liking]:
    """Two standard normal arrays that correlate."""
    first: Liking = rng.standard_normal(shape, dtype=np.float32)
    own: Liking = rng.standard_normal(shape, dtype=np.float32)
    second = np.float32(correlation) * first + np.float32(np.sqrt(1 - correlation**2)) * own
    return first, np.asarray(second, dtype=np.float32)


def _answers(logits: Liking, repeats: int, rng: np.random.Generator) -> FloatArray:
    chance = 1.0 / (1.0 + np.exp(-logits))
    if repeats == 1:
        return np.asarray(rng.random(chance.shape, dtype=np.float32) < chance, dtype=np.float64)
    return np.asarray(rng.binomial(repeats, chance) / repeats, dtype=np.float64)


def _accepted(design: Design, centre: float, *, bias: bool = True) -> float:
    """Acceptance over clips, wordings and framings around a logit, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    pushes = [
        design.bias * YES_MOVES.get(framing, 0.0) if bias else 0.0 for framing in Framing if framing != Framing.OTHER
    ]
    shares = [1.0 / (1.0 + np.exp(-(centre + push + design.spread.total * nodes))) for push in pushes]
    return float(np.mean(shares, axis=0) @ (weights / weights.sum()))
