"""What may be said first of a browse run: the exposure difference with its twin floor, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from spectrum.bench.summary import ValueName
from spectrum.report.browse_arms import Arm
from spectrum.runs.arm_name import NEUTRAL, TWIN, ArmName
from spectrum.runs.manifest import RunManifest

_LEVEL = 0.05
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExposureFinding:
    """One value's exposure under a persona against neutral, both on their adaptive feeds."""

    persona: str
    value: str
    name: str
    estimate: float
    low: float
    high: float
    p_holm: float
    twin: float | None
    """The twin's difference from neutral in the same value: what chance alone does."""
    twin_low: float | None
    twin_high: float | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the headline is made of."""

    episodes: int
    exposure: tuple[ExposureFinding, ...]
    """Values that differ after Holm, largest first; at most one family a persona."""
    tested: tuple[str, ...]
    """Personas that were compared with neutral."""
    drifting: tuple[str, ...]
    """Arms whose last window differs from the first at 5%, Holm over arms."""
    yes_change: tuple[tuple[str, float | None, float | None], ...]
    """(arm, points, percent) of accepted clips, last window against first."""
    circular_labels: bool
    """Whether exposure labels come from the vectors that the feed ranks by."""
    unlabelled: bool
    """Whether no shown clip has labels."""


def findings(tables: Mapping[str, pa.Table], manifest: RunManifest, values: Sequence[ValueName]) -> Findings:
    """Pick what the headline needs out of the tables."""
    contrasts = [row for row in tables["feed_contrasts"].to_pylist() if row["outcome"] == "exposure"]
    names = {value.code: value.name for value in values}
    mine = [row for row in contrasts if _is_main(row)]
    twins = {row["value"]: row for row in contrasts if row["arm"] == "twin@adaptive"}
    found = [
        _finding(row, twins.get(row["value"]), names)
        for row in mine
        if row["p_holm"] is not None and row["p_holm"] < _LEVEL
    ]
    exposure = tables["exposure"].to_pylist()
    changes = [row for row in tables["yes_change"].to_pylist() if row["pair"] == -1]
    return Findings(
        episodes=max((int(row["episodes"]) for row in mine), default=int(str(manifest.config["replicates"]))),
        exposure=tuple(sorted(found, key=lambda one: (-abs(one.estimate), one.persona, one.value))),
        tested=tuple(dict.fromkeys(ArmName.of(row["arm"]).who for row in mine)),
        drifting=_drifting(tables["drift"].to_pylist()),
        yes_change=tuple((row["arm"], row["points"], row["percent"]) for row in changes),
        circular_labels=any(row["label_source"] == "retrieval" for row in exposure),
        unlabelled=bool(exposure) and not any(row["labelled"] for row in exposure),
    )


def headline(found: Findings, manifest: RunManifest, status: str) -> str:
    """The sentences a person reads first; a run that is not done names no value."""
    config = manifest.config
    if status != "done":
        return "The episodes are not walked to their ends: run the same command again to go on."
    sentences = [_main(found, config)]
    if found.unlabelled:
        sentences = ["No exposure can be reported, because no clip shown has value labels."]
    elif found.circular_labels:
        sentences.append(
            "Labels come from the vectors that the feed ranks by, so exposure moves with the feed by construction: "
            "use sidecars or a second model (--exposure-index)."
        )
    if found.drifting:
        told = "; ".join(Arm.of(name).words for name in found.drifting)
        sentences.append(f"What was shown drifted over the episode in: {told}.")
    if config.get("preset") == "paper":
        sentences += [_changed(*change) for change in found.yes_change]
    sentences.append("This describes feeds and answers, not what the model values; watch time is a model of ours.")
    return " ".join(sentences)


def _main(found: Findings, config: Mapping[str, Any]) -> str:
    walked = f"In {found.episodes} {'episode' if found.episodes == 1 else 'episodes'} of {config['slots']} slots"
    if not found.tested:
        if int(config["replicates"]) < 2:
            return f"{walked} an arm: with one replicate there is no interval, so nothing is compared."
        return f"{walked} an arm, no persona was compared with neutral on adaptive feeds."
    if not found.exposure:
        told = ", ".join(found.tested)
        return f"{walked}, what {told} was shown cannot be told from what the neutral agent was shown."
    top = found.exposure[0]
    more = "more" if top.estimate > 0 else "less"
    said = (
        f"{walked}, as {top.persona} it was shown {abs(100 * top.estimate):.1f} points {more} {top.name} "
        f"{_interval(top.low, top.high)} than without a persona"
    )
    others = len(found.exposure) - 1
    said += f" ({others} more {'value differs' if others == 1 else 'values differ'})" if others else ""
    if top.twin is None:
        return said + "; no twin was walked, so the noise floor is not known."
    return said + (
        f"; a twin without a persona differed by {100 * top.twin:+.1f} {_interval(top.twin_low, top.twin_high)}."
    )


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{100 * low:+.1f}, {100 * high:+.1f}]"


def _changed(name: str, points: float | None, percent: float | None) -> str:
    arm = Arm.of(name).words
    if points is None:
        return f"{arm}: no actions to compare."
    share = "" if percent is None else f" ({percent:+.0f}%)"
    return f"{arm}: the share of accepted clips changed by {100 * points:+.1f} points{share} from first to last."


def _is_main(row: Row) -> bool:
    arm, reference = ArmName.of(row["arm"]), ArmName.of(row["reference"])
    plain = not (arm.memory or reference.memory) and arm.probes and reference.probes
    persona = arm.who != TWIN and not arm.who.endswith("-reversed")
    return bool(plain and persona and arm.feed == reference.feed == "adaptive" and reference.who == NEUTRAL)


def _finding(row: Row, twin: Row | None, names: Mapping[str, str]) -> ExposureFinding:
    return ExposureFinding(
        persona=ArmName.of(row["arm"]).who,
        value=row["value"],
        name=names.get(row["value"], row["value"]),
        estimate=row["estimate"],
        low=row["low"],
        high=row["high"],
        p_holm=row["p_holm"],
        twin=twin["estimate"] if twin else None,
        twin_low=twin["low"] if twin else None,
        twin_high=twin["high"] if twin else None,
    )


def _drifting(rows: Sequence[Row]) -> tuple[str, ...]:
    """Each arm's last window, Holm over the arms."""
    # A yoked agent is shown another's feed: its drift is no finding of its own.
    last: dict[str, Row] = {row["arm"]: row for row in rows if ArmName.of(row["arm"]).feed != "yoked"}
    ordered = sorted(last.values(), key=lambda row: (row["p"], row["arm"]))
    found = []
    for place, row in enumerate(ordered):
        if row["p"] * (len(ordered) - place) >= _LEVEL:
            break
        found.append(row["arm"])
    return tuple(sorted(found))
