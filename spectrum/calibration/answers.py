"""Answers of planted respondents: thousands of runs of one design at once."""

import numpy as np

from spectrum.calibration.asked import Asked
from spectrum.calibration.worlds import Spread
from spectrum.stats.observations import FloatArray


def wording_effects(
    asked: Asked, spread: Spread, runs: int, rng: np.random.Generator, value_wording: FloatArray | None = None
) -> FloatArray:
    """Draw (v, wordings, runs): how each wording shifts the logits of a value's clips, its common shift included.

    `value_wording` (v,) gives each value an SD of its own in place of the spread's.
    """
    own = np.full(asked.labels.shape[1], spread.value_wording) if value_wording is None else value_wording
    common = rng.normal(0.0, spread.wording, (1, asked.wordings, runs))
    return np.asarray(common + own[:, None, None] * rng.normal(size=(own.size, asked.wordings, runs)))


def answer(
    asked: Asked, logits: FloatArray, by_value: FloatArray, clip_wording: float, rng: np.random.Generator
) -> FloatArray:
    """Answers (n, runs), 1 for acceptance, to the logits (m, framings, runs) of clips, given the wordings' effects."""
    accepted = acceptance(asked, logits, by_value, clip_wording, rng)
    return (rng.random(accepted.shape, dtype=np.float32) < accepted).astype(np.float64)


def acceptance(
    asked: Asked, logits: FloatArray, by_value: FloatArray, clip_wording: float, rng: np.random.Generator
) -> FloatArray:
    """Probability (n, runs), single precision, that each ask is answered with acceptance.

    Drawn here: each clip's own liking of each wording, SD `clip_wording`.
    """
    clips, runs = asked.labels.shape[0], logits.shape[2]
    own = rng.standard_normal((clips * asked.wordings, runs), dtype=np.float32)
    own *= np.float32(clip_wording)
    own += _of_clips(asked.labels, by_value).reshape(clips * asked.wordings, runs)
    place = np.searchsorted(np.array(asked.framings), asked.framing)
    eta = own[asked.clip * asked.wordings + asked.wording]
    eta += logits.astype(np.float32).reshape(-1, runs)[asked.clip * len(asked.framings) + place]
    np.exp(np.negative(eta, out=eta), out=eta)
    eta += np.float32(1.0)
    return np.asarray(np.reciprocal(eta, out=eta))


def _of_clips(labels: FloatArray, by_value: FloatArray) -> FloatArray:
    """(m, wordings, runs) wording effects of clips; those of several values add up to the SD of one."""
    common = by_value.mean(axis=0)
    own = (by_value - common).reshape(by_value.shape[0], -1)
    weight = labels / np.maximum(np.sqrt(labels.sum(axis=1, keepdims=True)), 1.0)
    return np.asarray((weight @ own).reshape(-1, *common.shape) + common, dtype=np.float32)
