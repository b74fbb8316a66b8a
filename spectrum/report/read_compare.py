"""Read a comparison's folder as it is found: its summary, its tables, and what is missing of them."""

from dataclasses import dataclass
from pathlib import Path

from spectrum.report.result_folder import Row, gathered, read_rows, read_summary
from spectrum.report.run_parts import NamedValue
from spectrum.report.words import short_names
from spectrum.runs.folder import RunFolder
from spectrum.runs.tables import COMPARE_METRICS

LEVEL, OVERALL = "level", "overall"
_PARTS = {
    "compared": ("compare_differences", "compare_groups", "compare_profiles"),
    "sequential": ("compare_sequential",),
    "published": ("published", "published_tests"),
}
"""Tables that a folder should hold, by the part of the summary that they belong to."""


@dataclass(frozen=True, slots=True)
class ContenderView:
    """Who was compared."""

    name: str
    run: str = ""
    respondent: str = ""
    condition: str = ""
    asked: int = 0
    answered: int = 0
    framings: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PairView:
    """One comparison: a contender against a reference."""

    contender: str
    reference: str
    sentence: str = ""
    reason: str | None = None
    shared_items: int = 0
    items: int = 0
    clips: int = 0
    wordings: int = 0
    conditional_on_wordings: bool = False
    logit_scale: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitView:
    """What --fail-over came to."""

    most: float
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class SequentialView:
    """A declared difference that was followed."""

    contender: str
    reference: str
    value: str
    alpha: float
    rounds: int
    rounds_planned: int
    clips_a_round: int
    decided_at_round: int | None = None


@dataclass(frozen=True, slots=True)
class PublishedView:
    """What the published figures say by themselves."""

    sentence: str


@dataclass(frozen=True, slots=True)
class ComparisonSummary:
    """summary.json as the page reads it; newer ones may hold more."""

    headline: str
    values: tuple[NamedValue, ...]
    status: str = "done"
    construct: str = ""
    measure: str = ""
    reference: str = ""
    margin: float = 0.05
    contenders: tuple[ContenderView, ...] = ()
    pairs: tuple[PairView, ...] = ()
    groups_sentence: str | None = None
    groups_reason: str | None = None
    shared_items: int = 0
    fail_over: LimitView | None = None
    sequential: SequentialView | None = None
    published: PublishedView | None = None
    checks_sentence: str | None = None


@dataclass(frozen=True, slots=True)
class ComparedFolder:
    """All of a comparison's folder that could be read, and what could not."""

    summary: ComparisonSummary | None
    tables: dict[str, list[Row]]
    short: dict[str, str]
    """A contender's name as charts and tables show it."""
    problems: tuple[str, ...]

    @property
    def names(self) -> dict[str, str]:
        """Value codes and names, in the system's order."""
        return {value.code: value.name for value in self.summary.values} if self.summary else {}

    def differences(self, pair: PairView, scale: str = "probability") -> dict[str, Row]:
        """Rows of one comparison on a scale, by value code and "level"."""
        return {
            row["value"]: row
            for row in self.tables["compare_differences"]
            if (row["contender"], row["reference"], row["scale"]) == (pair.contender, pair.reference, scale)
        }


def read_compared(folder: Path) -> ComparedFolder:
    """Read what is there; tables that such a folder should not hold are not missed."""
    run, problems = RunFolder(folder), list[str]()
    summary = read_summary(run.summary, ComparisonSummary, problems)
    due = {
        "compared": summary is None or bool(summary.contenders),
        "sequential": summary is not None and summary.sequential is not None,
        "published": summary is not None and summary.published is not None,
    }
    wanted = {name: COMPARE_METRICS[name] for part, names in _PARTS.items() if due[part] for name in names}
    found = read_rows(run.tables, wanted, problems)
    tables = {name: found.get(name, []) for name in COMPARE_METRICS}
    named = [] if summary is None else [contender.name for contender in summary.contenders]
    named += [row["contender"] for rows in tables.values() for row in rows if "contender" in row]
    named += [row["reference"] for rows in tables.values() for row in rows if "reference" in row]
    return ComparedFolder(summary, tables, short_names(named), gathered(problems))
