"""Read a run folder as it is found: whole, half finished, empty or damaged. What is missing is said, not raised."""

from dataclasses import dataclass
from pathlib import Path

from spectrum.errors import RunFolderError
from spectrum.report.result_folder import Row, gathered, read_rows, read_summary, read_table
from spectrum.report.run_parts import (
    QUESTION,
    ConditionSentence,
    NamedValue,
    distinct_prompts,
    matching,
    sound_manifest,
)
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest
from spectrum.runs.tables import CLIPS, METRICS, PLAN


@dataclass(frozen=True, slots=True)
class EstimateView:
    """What a profile table cannot say of itself."""

    condition: str
    construct: str
    measure: str
    reason: str | None
    conditional_on_wordings: bool
    condition_number: float | None
    framings: tuple[str, ...]
    covariates: tuple[str, ...]
    groups_sentence: str | None
    clips: int
    wordings: int
    answers: int
    reported: bool | None = None
    """Whether headline and first screen show this measure; None in summaries of earlier releases."""


@dataclass(frozen=True, slots=True)
class ChecksView:
    """What the checks of the reported profile came to."""

    blank_check: str
    shuffled_p: float | None
    rungs: tuple[str, ...]
    written: str
    written_note: str | None
    keyword: str | None
    unbalanced: int


@dataclass(frozen=True, slots=True)
class PaperView:
    """The paper's mean and sample SD."""

    condition: str
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a condition's change could have been, had every ask got a choice."""

    condition: str
    construct: str
    measure: str
    lacking: int
    items: int
    bounds: dict[str, tuple[float, float]]
    """By value code and "level"."""


@dataclass(frozen=True, slots=True)
class SummaryView:
    """summary.json as the reports read it; newer ones may hold more."""

    status: str
    respondent: str
    headline: str
    personas: tuple[ConditionSentence, ...]
    planned: int
    answered: int
    failed: int
    missing: int
    reference: str | None
    conditions: tuple[str, ...]
    constructs: tuple[str, ...]
    values: tuple[NamedValue, ...]
    estimates: tuple[EstimateView, ...]
    paper: tuple[PaperView, ...]
    checks: ChecksView | None = None
    notes: tuple[str, ...] = ()
    changes: tuple[ChangeView, ...] = ()


@dataclass(frozen=True, slots=True)
class RunView:
    """All of a run folder that could be read, and what could not."""

    folder: RunFolder
    manifest: RunManifest | None
    summary: SummaryView | None
    tables: dict[str, list[Row]]
    """Rows of each metric table by name; empty where the table is missing."""
    clips: list[Row]
    prompts: list[Row]
    """Distinct questions of the plan: condition, construct, wording, block, form, their texts, the options in one."""
    problems: tuple[str, ...]
    """What is missing or damaged, a sentence each."""

    def rows(self, table: str, **wanted: str) -> list[Row]:
        """Rows of a metric table whose columns have the values given."""
        return matching(self.tables[table], wanted)

    @property
    def construct(self) -> str:
        """The construct that is shown: the first of the summary."""
        return self.summary.constructs[0] if self.summary and self.summary.constructs else ""

    @property
    def main_condition(self) -> str:
        """The reference, else the first condition."""
        if self.summary is None or not self.summary.conditions:
            return ""
        return self.summary.reference or self.summary.conditions[0]

    @property
    def personas(self) -> tuple[str, ...]:
        """The other conditions, in order."""
        names = self.summary.conditions if self.summary else ()
        return tuple(name for name in names if name != self.main_condition)

    def measure(self, condition: str) -> str:
        """The measure that is reported of a condition: written answers, unless the summary says otherwise."""
        for note in self.summary.estimates if self.summary else ():
            if note.reported and (note.condition, note.construct) == (condition, self.construct):
                return note.measure
        return "written"

    def estimate(self, condition: str) -> EstimateView | None:
        """The note on what is reported of a condition for the construct shown."""
        for note in self.summary.estimates if self.summary else ():
            if (note.condition, note.construct, note.measure) == (condition, self.construct, self.measure(condition)):
                return note
        return None

    def change(self, condition: str) -> ChangeView | None:
        """The bounds of a condition's change by its reported measure, where answers are missing."""
        for found in self.summary.changes if self.summary else ():
            if (found.condition, found.construct, found.measure) == (
                condition,
                self.construct,
                self.measure(condition),
            ):
                return found
        return None

    def profile(self, condition: str, scale: str = "probability") -> dict[str, Row]:
        """Rows of a condition's reported profile on a scale, by value code."""
        found = self.rows(
            "profile",
            condition=condition,
            construct=self.construct,
            measure=self.measure(condition),
            scale=scale,
        )
        return self._complete(found)

    def contrast(self, condition: str) -> dict[str, Row]:
        """Contrast rows of a condition by its reported measure, by value code and "level"."""
        found = self.rows("contrast", condition=condition, construct=self.construct, measure=self.measure(condition))
        return self._complete(found, "level")

    def level(self, condition: str) -> Row | None:
        """The level row of a condition's reported measure."""
        found = self.rows("level", condition=condition, construct=self.construct, measure=self.measure(condition))
        return found[0] if found else None

    def _complete(self, rows: list[Row], *further: str) -> dict[str, Row]:
        """Rows by value, or none where a value is missing: half a profile is not shown."""
        by_value = {row["value"]: row for row in rows}
        wanted = {value.code for value in self.summary.values} if self.summary else set[str]()
        return by_value if wanted and by_value.keys() >= wanted | set(further) else {}


def read_run(folder: Path) -> RunView:
    """Read what is there. Raises RunFolderError only where the folder itself is absent."""
    if not folder.is_dir():
        raise RunFolderError(f"{folder} is not a folder; give the run folder that `spectrum bench` wrote (--out)")
    run, problems = RunFolder(folder), list[str]()
    manifest = sound_manifest(run, problems)
    summary = read_summary(run.summary, SummaryView, problems)
    plan = read_table(run.plan, PLAN, problems, QUESTION)
    clips = read_table(run.clips, CLIPS, problems)
    return RunView(
        folder=run,
        manifest=manifest,
        summary=summary,
        tables=read_rows(run.tables, METRICS, problems),
        clips=[] if clips is None else clips.to_pylist(),
        prompts=[] if plan is None else distinct_prompts(plan),
        problems=gathered(problems),
    )
