"""Tables of effects: contrasts of arms, who caused them, states, and feed metrics with intervals over episodes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.decomposition import decompose
from agents.diversity import coverage, entropy, intra_list_distance
from agents.effects import acceptance_of, difference, exposure_of, jackknife, level_of, mean_over_episodes
from agents.episode import EpisodeSpec
from agents.episodes import Episode
from agents.escape import escape
from agents.exposure import half_life, window_shares
from agents.state import PROBABILITY, WRITTEN, Answer, gap, state_contrast, state_pairs, state_profile
from agents.table_rows import Arms, Row, effect_rows, told, window_of
from spectrum.runs.arm_name import NEUTRAL, TWIN, ArmName
from spectrum.runs.tables import DECOMPOSITION, FEED_CONTRASTS, FEED_METRICS, GAP, STATE

FloatArray = NDArray[np.float64]
_OUTCOMES: tuple[tuple[str, Callable[[Episode], FloatArray]], ...] = (
    ("exposure", exposure_of),
    ("acceptance", acceptance_of),
    ("level", level_of),
)


def contrast_pairs(arms: Sequence[str]) -> list[tuple[str, str]]:
    """Which arms are compared on their feeds, arm and reference."""
    known, wanted = set(arms), []
    for name in arms:
        arm = ArmName.of(name)
        references = []
        if arm.who != NEUTRAL and arm.feed != "yoked":
            references += [arm.like(NEUTRAL, arm.feed), arm.like(TWIN, arm.feed)]
        if arm.who.endswith("-reversed"):
            references.append(arm.like(arm.who.removesuffix("-reversed"), arm.feed))
        if arm.feed == "adaptive":
            references.append(arm.like(arm.who, "random"))
        if arm.memory:
            references.append(arm.without_memory)
        if not arm.probes:
            references.append(arm.with_probes)
        wanted += [(name, other) for other in dict.fromkeys(references) if other in known and other != name]
    return wanted


def contrast_table(arms: Arms, codes: Sequence[str]) -> pa.Table:
    """tables.FEED_CONTRASTS."""
    rows: list[Row] = []
    for name, reference in contrast_pairs(list(arms)):
        own = TWIN in (ArmName.of(name).who, ArmName.of(reference).who)
        for outcome, measure in _OUTCOMES:
            effect = difference(arms[name], arms[reference], measure)
            if effect is not None:
                rows += effect_rows(
                    effect,
                    [""] if outcome == "level" else codes,
                    arm=name,
                    reference=reference,
                    paired="keys of its own" if own else "shared keys",
                    outcome=outcome,
                )
    return pa.Table.from_pylist(rows, schema=FEED_CONTRASTS)


def decomposition_table(arms: Arms, codes: Sequence[str]) -> pa.Table:
    """tables.DECOMPOSITION. Exposure of a yoked agent is its source's: it is decomposed over the random feed only."""
    rows: list[Row] = []
    for outcome, measure in _OUTCOMES:
        designs = ("random",) if outcome == "exposure" else ("yoked", "random")
        for part in decompose(arms, measure, designs):
            rows += effect_rows(
                part.effect,
                [""] if outcome == "level" else codes,
                persona=part.persona,
                arm=part.arm,
                design=part.design,
                part=part.part,
                outcome=outcome,
            )
    return pa.Table.from_pylist(rows, schema=DECOMPOSITION)


def state_table(
    answers: Mapping[str, Sequence[Answer]], labels: Mapping[str, FloatArray], codes: Sequence[str]
) -> pa.Table:
    """tables.STATE: each arm's probe profile, and its contrasts."""
    rows: list[Row] = []
    for measure in (PROBABILITY, WRITTEN):
        for name, found in answers.items():
            profile = state_profile(found, labels, measure)
            if profile is not None:
                rows += effect_rows(profile, codes, arm=name, reference="", measure=measure)
        for name, reference in state_pairs(list(answers)):
            contrast = state_contrast(answers[name], answers[reference], labels, measure)
            if contrast is not None:
                rows += effect_rows(contrast, codes, arm=name, reference=reference, measure=measure)
    return pa.Table.from_pylist(rows, schema=STATE)


def gap_table(
    arms: Arms, answers: Mapping[str, Sequence[Answer]], labels: Mapping[str, FloatArray], codes: Sequence[str]
) -> pa.Table:
    """tables.GAP: what an arm does in its feed against what it says at probes."""
    rows: list[Row] = []
    for name, found in answers.items():
        if name not in arms:
            continue
        effect = gap(found, list(arms[name].values()), labels)
        if effect is not None:
            rows += [{key: row[key] for key in GAP.names} for row in effect_rows(effect, codes, arm=name)]
    return pa.Table.from_pylist(rows, schema=GAP)


def feed_metric_table(
    arms: Arms, catalogue: Catalogue, targets: Mapping[str, FloatArray], planned: EpisodeSpec
) -> pa.Table:
    """tables.FEED_METRICS: each number an episode's, averaged with an interval over episodes.

    `targets`: persona id -> target profile, for escape; `planned` says where half-time lies, also of episodes that
    ended early. Coverage is that of the whole arm and has no interval.
    """
    rows: list[Row] = []
    for name, episodes in arms.items():
        ordered = list(episodes.values())
        rows.append(_metric(name, "intra_list_distance", [
            intra_list_distance(catalogue.vectors[episode.rows]) for episode in ordered]))  # fmt: skip
        rows.append(_metric(name, "entropy", [entropy(episode.exposure) for episode in ordered]))
        rows.append(_metric(name, "yes_share", [episode.yes_share(0, len(episode.rows)) for episode in ordered]))
        seen = {row for episode in ordered for row in episode.rows.tolist()}
        rows.append(_metric(name, "coverage", [coverage(len(seen), len(catalogue))], episodes=len(ordered)))
        rows += _half_lives(name, ordered, catalogue.codes)
        rows += _escapes(name, ordered, arms, targets, planned)
    return pa.Table.from_pylist(rows, schema=FEED_METRICS)


def _metric(arm: str, metric: str, numbers: Sequence[float], value: str = "", episodes: int | None = None) -> Row:
    found = np.array(numbers, dtype=np.float64)
    known = found[~np.isnan(found)]
    effect = mean_over_episodes(known[:, None])
    return {
        "arm": arm,
        "metric": metric,
        "value": value,
        "estimate": told(known.mean()) if known.size else None,
        "low": told(effect.intervals.low[0]) if effect else None,
        "high": told(effect.intervals.high[0]) if effect else None,
        "episodes": known.size if episodes is None else episodes,
    }


def _half_lives(name: str, episodes: Sequence[Episode], codes: Sequence[str]) -> list[Row]:
    """Of the mean exposure over time, a value each: single episodes are too noisy to fit.

    The interval is a jackknife's on the log scale; a value whose curve cannot be fitted without some episode has no
    half-life. Episodes of the arm's full length count: the mean of those that go on would otherwise move as others end.
    """
    size = window_of(episodes)
    series = [window_shares(episode.labels, size) for episode in episodes]
    longest = max(len(shares) for shares in series)
    stacked = np.array([shares for shares in series if len(shares) == longest])
    stacked = stacked[~np.isnan(stacked).any(axis=(1, 2))]
    if longest < 4:
        return []

    def logged(column: int, chosen: NDArray[np.int64]) -> FloatArray:
        life = half_life(stacked[chosen, :, column].mean(axis=0).tolist())
        return np.array([np.nan if life is None else np.log(size * life)])

    rows: list[Row] = []
    for column, code in enumerate(codes):
        effect = jackknife(partial(logged, column), len(stacked))
        if effect is not None:
            ends = effect.intervals
            estimate, low, high = (told(float(np.exp(end[0]))) for end in (ends.estimate, ends.low, ends.high))
            rows.append(
                {"arm": name, "metric": "half_life", "value": code, "estimate": estimate, "low": low, "high": high,
                 "episodes": effect.episodes}
            )  # fmt: skip
    return rows


def _escapes(
    name: str, episodes: Sequence[Episode], arms: Arms, targets: Mapping[str, FloatArray], planned: EpisodeSpec
) -> list[Row]:
    """A reversed arm's escape, and the similarity of the arm that went on unswitched."""
    arm = ArmName.of(name)
    first = arm.who.removesuffix("-reversed")
    if first == arm.who or first not in targets:
        return []
    turn = (planned if arm.probes else planned.without_probes()).half_time
    found = [escape(episode.labels, turn, targets[first]) for episode in episodes]
    rows = [
        _metric(name, "escape_similarity", [one.similarity for one in found]),
        _metric(name, "escape_forget", [np.nan if one.forget_slots is None else one.forget_slots for one in found]),
    ]
    control = arms.get(arm.like(first, arm.feed))
    if control is not None:
        kept = [escape(one.labels, turn, targets[first]).similarity for one in control.values()]
        rows.append(_metric(name, "similarity_unswitched", kept))
    return rows
