"""What a simulated bench asks: clips with labels, in keyed wordings, in every framing; shared by many runs."""

from dataclasses import dataclass, replace

import numpy as np

from spectrum.stats.observations import NAMED, STEMS, FloatArray, Framing, IntArray, Observations

VALUES = 10
VALUES_A_CLIP = 2.3
_THEMES = 60
_TOGETHER = 1.0
"""How closely values keep to a theme: at 1, the theme's own value is 7 times as likely as its opposite."""
FRAMINGS = (*STEMS, *NAMED)
_BLOCKS = (STEMS, NAMED)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """n asks about m clips, in the order clip, block, wording, form."""

    labels: FloatArray
    """(m, v) what each clip truly evokes, 0 or 1."""
    clip: IntArray
    """(n,)"""
    wording: IntArray
    """(n,) 0 to `wordings` - 1."""
    framing: IntArray
    """(n,) Framing codes."""
    wordings: int
    covariates: FloatArray
    """(m, c)"""

    @property
    def framings(self) -> tuple[Framing, ...]:
        """The framings that are asked, as often each."""
        return tuple(Framing(code) for code in np.unique(self.framing))

    def observations(self, response: FloatArray) -> Observations:
        """Responses (n,) or (n, runs) as the product's estimators take them."""
        clips = np.arange(self.labels.shape[0])
        return Observations(response, self.clip, self.wording, self.framing, self.labels, clips, self.covariates)

    def measured(self, covariates: FloatArray) -> "Asked":
        """The same asks with covariates (m, c) that the estimator is told."""
        return replace(self, covariates=covariates)


def ask_about(
    labels: FloatArray,
    rng: np.random.Generator,
    *,
    wordings: int = 12,
    a_clip: int = 4,
    framings: tuple[Framing, ...] = FRAMINGS,
) -> Asked:
    """Ask about every clip in `a_clip` of the wordings a block, those used least so far, as the product does."""
    clips = labels.shape[0]
    parts: list[tuple[IntArray, IntArray, IntArray]] = []
    for block in _BLOCKS:
        forms = [int(form) for form in block if form in framings]
        if forms:
            drawn = _least_used(clips, wordings, min(a_clip, wordings), rng)
            slots = drawn.size * len(forms)
            clip = np.repeat(np.arange(clips), drawn.shape[1] * len(forms))
            parts.append((clip, np.repeat(drawn.ravel(), len(forms)), np.resize(np.array(forms), slots)))
    clip, wording, framing = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(clip, kind="stable")
    return Asked(labels, clip[order], wording[order], framing[order], wordings, np.zeros((clips, 0)))


def one_value_each(clips_a_value: int, values: int = VALUES) -> FloatArray:
    """Labels of clips that evoke one value each: value sets without an overlap."""
    return np.repeat(np.eye(values), clips_a_value, axis=0)


def several_values(clips: int, rng: np.random.Generator) -> FloatArray:
    """Labels of clips of a theme each: 2.3 values on average, neighbours on the circle together more often."""
    theme = rng.integers(_THEMES, size=clips)
    return np.asarray(rng.random((clips, VALUES)) < _chances()[theme], dtype=np.float64)


def kinds_of_clips() -> tuple[FloatArray, FloatArray]:
    """All 2^10 sets of values (kinds, v) that `several_values` can draw, and the chance of each (kinds,)."""
    kinds = ((np.arange(2**VALUES)[:, None] >> np.arange(VALUES)) & 1).astype(np.float64)
    chances = _chances()
    log = np.log(chances) @ kinds.T + np.log1p(-chances) @ (1.0 - kinds.T)
    return kinds, np.exp(log).mean(axis=0)


def _chances() -> FloatArray:
    """(themes, v) chance that a clip of a theme evokes each value."""
    angle = 2 * np.pi * (np.arange(_THEMES)[:, None] / _THEMES - np.arange(VALUES) / VALUES)
    near = np.exp(_TOGETHER * np.cos(angle))
    return np.asarray(VALUES_A_CLIP / VALUES * near / near.mean(), dtype=np.float64)


def _least_used(clips: int, wordings: int, a_clip: int, rng: np.random.Generator) -> IntArray:
    """(clips, a_clip) wordings of each clip, the least used first, ties by lot."""
    if a_clip == wordings:
        return np.tile(np.arange(wordings), (clips, 1))
    used = np.zeros(wordings)
    drawn = np.empty((clips, a_clip), dtype=np.int64)
    for clip, lot in enumerate(rng.random((clips, wordings))):
        drawn[clip] = np.argpartition(used + lot, a_clip)[:a_clip]
        used[drawn[clip]] += 1.0
    return drawn
