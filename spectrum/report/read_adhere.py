"""Read an adherence run as it is found, for its page: whole, half finished, empty or damaged."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from spectrum.report.evidence import shortened
from spectrum.report.result_folder import Row, first_line, gathered, read_rows, read_summary, read_table
from spectrum.report.run_parts import (
    QUESTION,
    NamedValue,
    distinct_prompts,
    matching,
    sound_manifest,
)
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest
from spectrum.runs.tables import ADHERENCE_METRICS, CLIPS, PLAN

WRITTEN, AS_WRITTEN = "written", "as written"
NOBODY = "neutral"
TIERS = ("all", "named", "described", "biography")
_NAME = 60
"""Characters of a persona's name that are shown."""


@dataclass(frozen=True, slots=True)
class StrategyView:
    """One strategy by one measure, as summary.json has it."""

    name: str
    measure: str
    sentence: str
    reason: str | None = None
    personas: int | None = None
    follows: int | None = None
    reverses: int | None = None
    not_estimable: int | None = None


@dataclass(frozen=True, slots=True)
class SummaryView:
    """summary.json as the page reads it; newer ones may hold more."""

    status: str
    respondent: str
    headline: str
    planned: int
    answered: int
    failed: int
    missing: int
    personas: int
    targets: int
    strategies: tuple[StrategyView, ...]
    values: tuple[NamedValue, ...]
    conditional_on_wordings: bool = False
    label_sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonaView:
    """A persona of the cast."""

    id: str
    name: str
    tier: str
    traits: tuple[str, ...] = ()
    target_source: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class RoleView:
    """A persona under a strategy."""

    strategy: str
    persona: str
    arm: str


@dataclass(frozen=True, slots=True)
class CastView:
    """cast.json as the page reads it."""

    personas: tuple[PersonaView, ...] = ()
    roles: tuple[RoleView, ...] = ()


@dataclass(frozen=True, slots=True)
class AdhereRun:
    """All of an adherence run that could be read, and what could not."""

    folder: RunFolder
    manifest: RunManifest | None
    summary: SummaryView | None
    cast: CastView
    tables: dict[str, list[Row]]
    """Rows of each metric table by name; numbers that are none are None."""
    clips: dict[str, Row]
    prompts: list[Row]
    """Distinct questions to nobody, and to the first persona of each strategy."""
    problems: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict)
    """Persona id -> name with the tier of its values, no two alike."""

    def rows(self, table: str, **wanted: Any) -> list[Row]:
        """Rows of a metric table whose columns have the values given."""
        return matching(self.tables[table], wanted)

    def pool(self, strategy: str, statistic: str, **wanted: Any) -> Row | None:
        """A statistic over personas: written answers, all tiers and authors, the personas as written, by default."""
        asked = {"measure": WRITTEN, "tier": "all", "author": "all", "arm": AS_WRITTEN, **wanted}
        found = self.rows("adherence", strategy=strategy, statistic=statistic, **asked)
        return found[0] if found else None

    def people(self, strategy: str, measure: str = WRITTEN) -> list[Row]:
        """Personas with a target, as written: the strongest along their own target first, the unknown last."""
        rows = self.rows("persona_adherence", strategy=strategy, measure=measure, arm=AS_WRITTEN)
        told = [row for row in rows if row["verdict"] != "no target" and row["tier"] != "none"]
        return sorted(told, key=lambda row: -math.inf if row["on_target"] is None else row["on_target"], reverse=True)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Labels in the order of the summary, or else of the tables."""
        if self.summary is not None:
            return tuple(dict.fromkeys(one.name for one in self.summary.strategies))
        return tuple(dict.fromkeys(str(row["strategy"]) for row in self.tables["adherence"]))

    @property
    def estimated(self) -> tuple[str, ...]:
        """Strategies that have a result by written answers."""
        found = {row["strategy"] for row in self.rows("adherence", measure=WRITTEN)}
        return tuple(name for name in self.strategies if name in found)

    def tiers(self, strategy: str) -> tuple[str, ...]:
        """Tiers that a strategy has, "all" first; alone where it has one tier, since both would say the same."""
        found = {row["tier"] for row in self.rows("adherence", strategy=strategy, measure=WRITTEN, arm=AS_WRITTEN)}
        here = tuple(tier for tier in TIERS if tier in found)
        return ("all",) if len(here) == 2 and here[0] == "all" else here

    def label(self, persona: str) -> str:
        """The persona's name as charts and tables have it."""
        return self.labels.get(persona) or shortened(str(persona), _NAME)

    def value(self, code: str) -> str:
        """A value's name."""
        named = {value.code: value.name for value in self.summary.values} if self.summary else {}
        return named.get(code, str(code))


def read_adhere(folder: Path) -> AdhereRun:
    """Read what is there. Raises nothing for what is missing or damaged: `problems` says it."""
    run, problems = RunFolder(folder), list[str]()
    manifest = sound_manifest(run, problems)
    summary = read_summary(run.summary, SummaryView, problems)
    cast = _cast(folder / "cast.json", problems)
    clips = read_table(run.clips, CLIPS, problems, ["clip_id", "title"])
    plan = read_table(run.plan, PLAN, problems, QUESTION)
    tables = read_rows(run.tables, ADHERENCE_METRICS, problems)
    return AdhereRun(
        folder=run,
        manifest=manifest,
        summary=summary,
        cast=cast,
        tables=tables,
        clips={} if clips is None else {row["clip_id"]: row for row in clips.to_pylist()},
        prompts=[] if plan is None else _prompts(plan, cast),
        problems=gathered(problems),
        labels=_labels(cast, tables["persona_adherence"]),
    )


def _cast(path: Path, problems: list[str]) -> CastView:
    try:
        return TypeAdapter(CastView).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problems.append(f"{path.name} is missing.")
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        problems.append(f"{path.name} is damaged and was left out ({first_line(error)}).")
    return CastView()


def _prompts(plan: pa.Table, cast: CastView) -> list[Row]:
    """A plan asks every persona the same: nobody's questions and one persona's a strategy say it all."""
    shown = [NOBODY]
    for strategy in dict.fromkeys(role.strategy for role in cast.roles):
        first = next(role for role in cast.roles if role.strategy == strategy)
        shown.append(f"{strategy}/{first.persona}")
    return distinct_prompts(plan, shown)


def _labels(cast: CastView, people: Sequence[Row]) -> dict[str, str]:
    named = {persona.id: (persona.name, persona.tier) for persona in cast.personas}
    for row in people:
        named.setdefault(str(row["persona"]), (str(row["name"]), str(row["tier"])))
    made = {
        one: shortened(name, _NAME) + ("" if tier == "none" else f" ({shortened(tier, _NAME)})")
        for one, (name, tier) in named.items()
    }
    often = Counter(made.values())
    return {one: label if often[label] == 1 else f"{label}, {shortened(one, _NAME)}" for one, label in made.items()}
