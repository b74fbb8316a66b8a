"""Does a respondent with memory keep to its persona as an episode goes on? From probe answers, as arrays.

Probes are the value-balanced slots of a browse run that move nothing. Persona and neutral walk on shared keys, so that
each probe answer has a neutral one to the same clip and slot. With memory off nothing can decay: compare both designs.
"""

from dataclasses import dataclass

import numpy as np

from personas.inference import Estimate, bare, student
from spectrum.stats.observations import FloatArray, IntArray, NotEstimableError

PER = 10
"""Slots that the trend is told for."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the episodes."""

    first: int
    last: int
    """Slots, both inside."""
    adherence: Estimate
    """Slope of persona minus neutral on the target: 1 follows fully where targets are in acceptance units."""
    distance: float
    """Root mean square of persona minus neutral, noise and all: how far it is from answering as nobody."""
    probes: int


@dataclass(frozen=True, slots=True)
class Decay:
    """Adherence along the slots."""

    windows: tuple[Window, ...]
    at_start: Estimate
    """At the first probe slot, on a straight line."""
    trend: Estimate
    """Change for PER slots; below 0 it fades."""
    half_life: float | None
    """Slots until half of what it had at the start is left; None unless the trend's interval is below 0."""
    episodes: int


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """n probe answers of persona episodes. Raises ValueError where shapes disagree."""

    response: FloatArray
    """(n,) acceptance as the persona, 0 to 1."""
    neutral: FloatArray
    """(n,) of the neutral episode of the same replicate, on the same clip and slot."""
    labels: FloatArray
    """(n, v) of the clip."""
    slot: IntArray
    """(n,) from the episode's beginning."""
    episode: IntArray
    """(n,) number of the episode: what answers are clustered by."""
    persona: IntArray
    """(n,) row of `targets`."""
    targets: FloatArray
    """(p, v)"""

    def __post_init__(self) -> None:
        n = self.response.shape[0]
        if any(a.shape != (n,) for a in (self.response, self.neutral, self.slot, self.episode, self.persona)):
            raise ValueError("response, neutral, slot, episode and persona must be vectors of one length")
        if self.labels.shape[:1] != (n,) or self.labels.shape[1:] != self.targets.shape[1:]:
            raise ValueError("labels need a row a probe, and a column for each of the targets' values")
        if n and not 0 <= self.persona.min() <= self.persona.max() < self.targets.shape[0]:
            raise ValueError("persona must index the rows of targets")


def decay(probes: Probes, *, windows: int = 4) -> Decay:
    """Adherence by window and its trend, clustered by episode.

    The difference of persona and neutral is regressed, within each episode, on what the persona's pool-centred target
    says of the clip, and on that times the slot. Raises NotEstimableError with fewer than three episodes, or where the
    targets or the slots do not vary.
    """
    episodes = np.unique(probes.episode).size
    if episodes < 3:
        raise NotEstimableError(f"{episodes} episodes are too few (it takes at least 3)")
    tau = probes.targets - probes.targets.mean(axis=1, keepdims=True)
    tau = tau - tau.mean(axis=0) if tau.shape[0] > 1 else tau
    pull = ((probes.labels - probes.labels.mean(axis=0)) * tau[probes.persona]).sum(axis=1)
    difference = probes.response - probes.neutral
    start = int(probes.slot.min())
    later = (probes.slot - start) / PER
    columns = np.column_stack([pull, pull * later, later])
    found = _within(difference, columns, probes.episode)
    if found is None or np.ptp(probes.slot) == 0:
        raise NotEstimableError("targets and slots do not vary enough to tell a trend")
    coefficients, covariance = found
    at_start = student(coefficients[0], covariance[0, 0], episodes - 1)
    trend = student(coefficients[1], covariance[1, 1], episodes - 1)
    fades = trend.high < 0 and at_start.value > 0
    return Decay(
        windows=tuple(_windows(probes, difference, pull, windows)),
        at_start=at_start,
        trend=trend,
        half_life=-at_start.value / 2 / trend.value * PER if fades else None,
        episodes=episodes,
    )


def _windows(probes: Probes, difference: FloatArray, pull: FloatArray, count: int) -> list[Window]:
    found = []
    for slots in np.array_split(np.unique(probes.slot), count):
        rows = np.isin(probes.slot, slots)
        if not rows.any():
            continue
        fitted = _within(difference[rows], pull[rows, None], probes.episode[rows])
        adherence = bare(float("nan"))
        if fitted is not None:
            freedom = max(np.unique(probes.episode[rows]).size - 1, 1)
            adherence = student(fitted[0][0], fitted[1][0, 0], freedom)
        distance = float(np.sqrt((difference[rows] ** 2).mean()))
        found.append(Window(int(slots[0]), int(slots[-1]), adherence, distance, int(rows.sum())))
    return found


def _within(response: FloatArray, columns: FloatArray, episode: IntArray) -> tuple[FloatArray, FloatArray] | None:
    """Least squares within episodes with a covariance clustered by them; None where columns do not vary."""
    names, code = np.unique(episode, return_inverse=True)
    counts = np.bincount(code).astype(np.float64)
    table = np.column_stack([response, columns])
    means = np.zeros((names.size, table.shape[1]))
    np.add.at(means, code, table)
    table = table - (means / counts[:, None])[code]
    y, x = table[:, 0], table[:, 1:]
    gram = x.T @ x
    if np.linalg.matrix_rank(gram, tol=1e-9 * max(float(np.trace(gram)), 1e-9)) < gram.shape[0]:
        return None
    inverse = np.linalg.inv(gram)
    coefficients = inverse @ (x.T @ y)
    scores = np.zeros((names.size, x.shape[1]))
    np.add.at(scores, code, x * (y - x @ coefficients)[:, None])
    scale = names.size / max(names.size - 1, 1)
    return coefficients, inverse @ (scores.T @ scores) @ inverse * scale
