"""The feeds of the calibration gate: what chance shows differs, drifts and pulls no more often than it may."""

import numpy as np

from agents.drift import jsd
from agents.effects import Effect, FloatArray, difference, exposure_of, mean_over_episodes
from agents.episodes import Episode
from agents.exposure import exposure_share
from agents.planted_probes import CODES
from agents.planted_walks import Walked, walked
from agents.recommenders import FrozenFeed, PlantedBiasFeed, RandomFeed, Recommender, RocchioFeed
from agents.table_rows import window_of
from agents.time_tables import drift_table
from spectrum.calibration.false_positives import SIGNIFICANT_AT, counted
from spectrum.calibration.gate import Effort, Figure, GateResult, Tell, joined, most_significant

NAME = "browse"
LEAST_FOUND = 0.9
"""Share of runs in which a pushed value, and the drift towards it, must be found: a test that is blind never alarms."""
SLOTS_ALONE, AS_PREFERENCE, WITHOUT_NULL = (
    "every slot taken for an episode",
    "exposure read as preference",
    "drift without its noise floor",
)
"""Mutants."""
EPISODES, SLOTS = 8, 24
"""On the adaptive feed."""


def claims(effect: Effect | None) -> bool:
    """Whether any value is said to differ."""
    return effect is not None and bool((effect.intervals.p_holm < SIGNIFICANT_AT).any())


def adaptive(effort: Effort, tell: Tell) -> GateResult:
    """Two viewers of one taste on a feed that follows each: what they are shown differs by chance alone."""
    cell = f"twins on an adaptive feed, {EPISODES} episodes x {SLOTS} slots"
    tell(cell)
    runs, rng = effort.of(1000, 20), effort.rng(NAME, cell)
    alarms = []
    for _ in range(runs):
        shown = walked(RocchioFeed(), rng, EPISODES, SLOTS, twin=True)
        alarms.append((claims(_exposure(shown)), claims(slots_as_episodes(shown))))
    honest, broken = np.array(alarms).T
    return joined(
        [counted(NAME, cell, "exposure differs in a value (Holm over ten)", honest), _caught(cell, SLOTS_ALONE, broken)]
    )


def _exposure(shown: Walked) -> Effect | None:
    return difference(shown.arms["twin@adaptive"], shown.arms["neutral@adaptive"], exposure_of)


def slots_as_episodes(shown: Walked) -> Effect | None:
    """Exposure of the twin minus neutral, slot by slot, as if what a feed shows next had nothing to do with before."""
    twin, neutral = (shown.arms[name] for name in ("twin@adaptive", "neutral@adaptive"))
    shares = [_each_slot(twin[pair]) - _each_slot(neutral[pair]) for pair in sorted(twin)]
    return mean_over_episodes(np.vstack(shares))


def _each_slot(episode: Episode) -> FloatArray:
    return np.asarray(episode.labels / episode.labels.sum(axis=1, keepdims=True))


def exposure_as_preference(shown: Walked) -> Effect | None:
    """What nobody was shown above the catalogue's share, taken for what it likes."""
    catalogue = exposure_share(shown.catalogue.labels)
    return mean_over_episodes(np.array([one.exposure - catalogue for one in shown.arms["neutral@adaptive"].values()]))


def _caught(cell: str, mutant: str, alarms: FloatArray) -> GateResult:
    runs, count = alarms.size, int(alarms.sum())
    return GateResult(
        (
            Figure(
                NAME, f"{mutant}: {cell}", "runs with a claim", count, None, most_significant(runs), runs, mutant=True
            ),
        )
    )


def pushed(effort: Effort, tell: Tell) -> GateResult:
    """A feed that pushes one value at nobody from half-time on: seen as exposure and drift, never as preference."""
    cell = "a feed that pushes one value from half-time, 16 episodes x 80 slots"
    tell(cell)
    runs, rng = effort.of(200, 5), effort.rng(NAME, cell)
    alarms, found, drifted = [], [], []
    for run in range(runs):
        value = run % len(CODES)
        feed = PlantedBiasFeed(CODES[value], 2.0, from_slot=40)
        shown = walked(feed, rng, 16, 80, twin=True, random=True)
        pushes = difference(shown.arms["neutral@adaptive"], shown.arms["neutral@random"], exposure_of)
        assert pushes is not None
        found.append(bool(pushes.intervals.p_holm[value] < SIGNIFICANT_AT and pushes.intervals.estimate[value] > 0))
        drifted.append(last_drift(shown, run) <= SIGNIFICANT_AT)
        alarms.append((claims(_exposure(shown)), claims(exposure_as_preference(shown))))
    honest, broken = np.array(alarms).T
    slack = 2.5 * np.sqrt(LEAST_FOUND * (1 - LEAST_FOUND) / runs) if runs < 200 else 0.0
    figures = tuple(
        Figure(NAME, cell, what, float(np.mean(seen)), LEAST_FOUND - slack, None, runs)
        for what, seen in (("share of runs that find the value pushed", found), ("share that find the drift", drifted))
    )
    return joined(
        [
            counted(NAME, cell, "exposure of the twin differs in a value (Holm over ten)", honest),
            _caught(cell, AS_PREFERENCE, broken),
            GateResult(figures),
        ]
    )


def last_drift(shown: Walked, seed: int) -> float:
    """p of the last window against the first, as the drift table has it."""
    table = drift_table({"neutral@adaptive": shown.arms["neutral@adaptive"]}, seed)
    return float(table["p"][-1].as_py())


def without_null(shown: Walked) -> bool:
    """Whether the divergence of last and first windows, as it is, lies above zero over the episodes."""
    episodes = shown.arms["neutral@adaptive"].values()
    size = window_of(episodes)
    each = [jsd(exposure_share(e.labels[:size]), exposure_share(e.labels[-size:])) for e in episodes]
    return claims(mean_over_episodes(np.array(each)[:, None]))


def frozen(kind: str, effort: Effort, tell: Tell) -> GateResult:
    """Feeds that do not learn do not drift."""
    cell = f"{kind} feed, 4 episodes x 60 slots"
    tell(cell)
    runs, rng = effort.of(2000, 60), effort.rng(NAME, cell)
    alarms = []
    for run in range(runs):
        feed: Recommender = RandomFeed() if kind == "random" else FrozenFeed(pool=150)
        shown = walked(feed, rng, 4, 60)
        alarms.append((last_drift(shown, run) <= SIGNIFICANT_AT, without_null(shown)))
    honest, broken = np.array(alarms).T
    return joined(
        [counted(NAME, cell, "drift, last window against first", honest), _caught(cell, WITHOUT_NULL, broken)]
    )
