"""Planted respondents asked to play personas, in numpy: they follow, follow half, ignore, or do the reverse.

The calibration gate and the benchmark run thousands of them through the estimators that a user's run goes through.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from personas.adherence import Pool
from personas.library import library
from personas.shifts import Shifts, estimate_shifts
from spectrum.stats.design import profile_design
from spectrum.stats.observations import FloatArray, Framing, IntArray, Observations
from spectrum.stats.profile import regress

FOLLOWED = {"fully": 1.0, "half": 0.5, "ignorer": 0.0, "norm": 0.0, "reverse": -1.0}
"""Share of the way to its target that each respondent goes; "norm" goes all the way to the personas' mean."""


def library_targets() -> tuple[FloatArray, IntArray]:
    """Targets of the library's personas, (p, 10), and their cluster numbers."""
    personas = [persona for persona in library() if persona.target is not None]
    _, groups = np.unique([persona.group for persona in personas], return_inverse=True)
    return np.array([persona.target for persona in personas]), groups


@dataclass
class Cast:
    """Personas put to a respondent about clips that each evoke one value (a tenth evoke two)."""

    clips_a_value: int = 12
    wordings: int = 6
    wordings_a_clip: int = 2
    strength: float = 0.6
    clip_sd: float = 1.0
    wording_sd: float = 0.3
    own_sd: float = 0.5
    """SD of the profile that the respondent has as nobody, logits."""
    framings: Sequence[Framing] = (Framing.FIRST, Framing.SECOND)
    targets: FloatArray = field(default_factory=lambda: library_targets()[0])
    groups: IntArray = field(default_factory=lambda: library_targets()[1])
    norm: FloatArray = field(default_factory=lambda: np.zeros(10))
    """(10,) added to every target and to what the respondent likes as nobody: what everybody shares."""

    def labels(self) -> FloatArray:
        """One value a clip, and the next one too for every tenth."""
        value = np.repeat(np.arange(10), self.clips_a_value)
        labels = np.eye(10)[value]
        tenth = np.arange(value.size) % 10 == 0
        labels[tenth] += 0.5 * np.eye(10)[(value[tenth] + 1) % 10]
        return labels

    def answers(self, rng: np.random.Generator, kind: str, *, greedy: bool = False) -> tuple[Observations, FloatArray]:
        """Answers as nobody (column 0) and as every persona, (n, 1 + p); and targets in acceptance units, (p, 10)."""
        labels = self.labels()
        clips = labels.shape[0]
        asked = np.argsort(rng.random((clips, self.wordings)), axis=1)[:, : self.wordings_a_clip]
        forms = len(self.framings)
        clip = np.repeat(np.arange(clips), self.wordings_a_clip * forms)
        wording = np.repeat(asked.ravel(), forms)
        framing = np.tile([int(f) for f in self.framings], clips * self.wordings_a_clip)
        logits, tau = self._logits(rng, kind, labels)
        by_wording = rng.normal(0, self.wording_sd, self.wordings)
        p = sigmoid(logits[clip] + by_wording[wording][:, None])
        said = (p > 0.5) if greedy else (rng.random(p.shape) < p)
        response = said.astype(np.float64)
        return Observations(response, clip, wording, framing, labels, np.arange(clips), np.zeros((clips, 0))), tau

    def shown_slope(self, kind: str, worlds: int = 20) -> float:
        """The slope that a respondent shows on average when nothing is left to chance.

        A little less than its share: wordings pull nearly sure answers back, and a reverser finds no room beyond 0
        and 1. Mean over `worlds`; the mean over wordings by the logistic-normal approximation.
        """
        found, labels = [], self.labels()
        for world in range(worlds):
            logits, tau = self._logits(np.random.default_rng(world), kind, labels)
            p = sigmoid(logits / np.sqrt(1 + np.pi / 8 * self.wording_sd**2))
            moved = _profiles(labels, p[:, 1:] - p[:, :1])
            distinct = tau - tau.mean(axis=0)
            found.append(float((distinct * moved).sum() / (distinct**2).sum()))
        return float(np.mean(found))

    def _logits(self, rng: np.random.Generator, kind: str, labels: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of nobody's and every persona's acceptance of each clip, (clips, 1 + p); and targets, (p, 10)."""
        liked = rng.normal(0, self.own_sd, 10) + self.strength * self.norm
        own = labels @ liked + rng.normal(0, self.clip_sd, labels.shape[0])
        nobody = sigmoid(own)
        pulled = sigmoid(own[:, None] + self.strength * (labels @ (self.targets + self.norm).T))
        tau = _profiles(labels, pulled - nobody[:, None])
        if kind == "norm":
            pulled = np.repeat(pulled.mean(axis=1, keepdims=True), self.targets.shape[0], axis=1)
        share = 1.0 if kind == "norm" else FOLLOWED[kind]
        chosen = np.clip(nobody[:, None] + share * (pulled - nobody[:, None]), 0.0, 1.0)
        both = np.hstack([nobody[:, None], chosen])
        return np.log(np.clip(both, 1e-6, 1 - 1e-6) / np.clip(1 - both, 1e-6, 1)), tau

    def draw(self, rng: np.random.Generator, kind: str, *, greedy: bool = False) -> tuple[Observations, FloatArray]:
        """Differences persona minus neutral, response (n, p); and the targets in acceptance units, (p, 10)."""
        answers, tau = self.answers(rng, kind, greedy=greedy)
        return differences(answers), tau

    def shifts(self, rng: np.random.Generator, kind: str, *, greedy: bool = False) -> tuple[Shifts, FloatArray]:
        """Estimated shifts, and the targets in acceptance units."""
        differences, tau = self.draw(rng, kind, greedy=greedy)
        return estimate_shifts(differences), tau

    def pool(self, rng: np.random.Generator, kind: str, *, greedy: bool = False) -> Pool:
        """What the adherence statistics take."""
        shifts, tau = self.shifts(rng, kind, greedy=greedy)
        return Pool(shifts, tau, self.groups)


def differences(answers: Observations) -> Observations:
    """Each persona's answers minus nobody's, response (n, p)."""
    return replace(answers, response=answers.response[:, 1:] - answers.response[:, :1])


def nobody_profile(answers: Observations) -> FloatArray:
    """The profile as nobody, (10,)."""
    neutral = replace(answers, response=answers.response[:, 0])
    return np.asarray(regress(neutral, profile_design(neutral), "probability").estimate, dtype=np.float64)


def sigmoid(x: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)), by a form that does not overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


def _profiles(labels: FloatArray, shares: FloatArray) -> FloatArray:
    """Level-free regression coefficients of (clips, p) shares on the labels, (p, values)."""
    design = np.column_stack([np.ones(labels.shape[0]), labels])
    coefficients = np.linalg.pinv(design) @ shares
    return np.asarray((coefficients[1:] - coefficients[1:].mean(axis=0)).T, dtype=np.float64)
