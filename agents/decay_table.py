"""Do personas fade as an episode goes on? personas.decay over the probe answers of a browse run."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from agents.state import PROBABILITY, WRITTEN, answer_of
from agents.table_rows import Row, told
from agents.trace import SlotRecord
from personas.decay import PER, Decay, Probes, decay
from personas.inference import Estimate
from spectrum.runs.arm_name import NEUTRAL, ArmName
from spectrum.runs.tables import PERSONA_DECAY
from spectrum.stats.observations import NotEstimableError

FloatArray = NDArray[np.float64]
_Key = tuple[int, int, str, str]
"""Replicate, slot, clip and item: what persona and neutral share."""


def decay_table(
    records: Sequence[SlotRecord], labels: Mapping[str, FloatArray], targets: Mapping[str, FloatArray]
) -> pa.Table:
    """tables.PERSONA_DECAY: by feed and memory, all personas that have a target together.

    Each stands beside the neutral agent of the same feed and memory; without one, or with too few episodes or slots,
    nothing is said. Which values come up in which slot is much the same in all episodes, so that a trend may be the
    clips': a claim that memory makes a persona fade needs the arms without memory, whose differences, in the same slots
    about the same clips, are taken off ("no memory"). `labels`: clip -> (values,); `targets`: persona -> (values,).
    """
    designs: dict[tuple[str, bool], list[ArmName]] = {}
    for name in dict.fromkeys(record.arm for record in records):
        arm = ArmName.of(name)
        if arm.who in targets and arm.probes:
            designs.setdefault((arm.feed, arm.memory), []).append(arm)
    rows: list[Row] = []
    for (feed, memory), arms in designs.items():
        for measure in (WRITTEN, PROBABILITY):
            head: Row = {"feed": feed, "memory": memory, "measure": measure, "personas": len(arms)}
            found = _estimated(records, arms, measure, labels, targets)
            if found is None:
                continue
            rows += [head | {"against": NEUTRAL} | row for row in _rows(found)]
            beyond = _estimated(records, arms, measure, labels, targets, less_floor=True) if memory else None
            if beyond is not None:
                rows += [head | {"against": "no memory"} | row for row in _rows(beyond, found.at_start)]
    return pa.Table.from_pylist(rows, schema=PERSONA_DECAY)


def _estimated(
    records: Sequence[SlotRecord],
    arms: Sequence[ArmName],
    measure: str,
    labels: Mapping[str, FloatArray],
    targets: Mapping[str, FloatArray],
    *,
    less_floor: bool = False,
) -> Decay | None:
    """None where there is nobody to compare with, or too little to tell a trend."""
    found: list[tuple[int, int, str, float, float]] = []
    episodes: list[tuple[int, int]] = []
    for row, arm in enumerate(arms):
        ours = _answers(records, arm, measure, less_floor=less_floor)
        theirs = _answers(records, ArmName.of(arm.like(NEUTRAL, arm.feed)), measure, less_floor=less_floor)
        for key in ours.keys() & theirs.keys():
            replicate, slot, clip_id, _ = key
            if clip_id in labels and not np.isnan(ours[key] + theirs[key] + labels[clip_id].sum()):
                found.append((row, slot, clip_id, ours[key], theirs[key]))
                episodes.append((row, replicate))
    if not found:
        return None
    order = sorted(range(len(found)), key=lambda n: (episodes[n], found[n][1:3]))
    number = {episode: n for n, episode in enumerate(sorted(set(episodes)))}
    persona, slots, clips, response, neutral = zip(*(found[n] for n in order), strict=True)
    try:
        return decay(
            Probes(
                response=np.array(response),
                neutral=np.array(neutral),
                labels=np.stack([labels[clip_id] for clip_id in clips]),
                slot=np.array(slots),
                episode=np.array([number[episodes[n]] for n in order]),
                persona=np.array(persona),
                targets=np.stack([targets[arm.who] for arm in arms]),
            )
        )
    except NotEstimableError:
        return None


def _answers(records: Iterable[SlotRecord], arm: ArmName, measure: str, *, less_floor: bool) -> dict[_Key, float]:
    """Acceptance at each probe question of an arm; `less_floor`: minus that of the same arm without memory."""
    found: dict[str, dict[_Key, float]] = {arm.name: {}, arm.without_memory: {}}
    for record in records:
        if record.kind == "probe" and record.arm in found:
            for ask in record.asks:
                key = (record.replicate, record.slot, record.clip_id, ask.item_id)
                found[record.arm][key] = answer_of(record, ask).response(measure)
    ours, floor = found[arm.name], found[arm.without_memory]
    return {key: ours[key] - floor[key] for key in ours.keys() & floor.keys()} if less_floor else ours


def _rows(found: Decay, start: Estimate | None = None) -> list[Row]:
    """`start`: adherence in the first slot, where the trend is what memory adds to it."""
    ends = {"first": found.windows[0].first, "last": found.windows[-1].last} if found.windows else {}
    whole: Row = {**ends, "episodes": found.episodes, "probes": sum(window.probes for window in found.windows)}
    windows: list[Row] = [
        {
            "part": "window",
            "first": window.first,
            "last": window.last,
            **_ends(window.adherence),
            "distance": told(window.distance),
            "probes": window.probes,
            "episodes": found.episodes,
        }
        for window in found.windows
    ]
    fades = start is not None and found.trend.high < 0 < start.low
    half = -start.value / 2 / found.trend.value * PER if start is not None and fades else None
    return [
        *windows,
        {"part": "at start", **whole, **_ends(found.at_start)},
        {"part": "trend", **whole, **_ends(found.trend), "half_life": None if half is None else told(half)},
    ]


def _ends(found: Estimate) -> Row:
    return {
        "estimate": told(found.value),
        "se": told(found.se),
        "df": told(found.df),
        "low": told(found.low),
        "high": told(found.high),
        "p": told(found.p),
    }
