"""Read a browse run's folder as it is found: whole, half walked, empty or damaged."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.report.browse_arms import Arm, short_names
from spectrum.report.read_run import RunView, read_run
from spectrum.report.read_trace import TraceView, read_film
from spectrum.report.result_folder import Row, first_line, gathered, read_rows, read_summary, read_table
from spectrum.report.run_parts import matching
from spectrum.runs.film import Film, film
from spectrum.runs.tables import BROWSE_METRICS, FEED_MAP, SLOTS

_LARGE = ("slots", "feed_map")


@dataclass(frozen=True, slots=True)
class FindingsView:
    """What the headline was made of, as far as a page says it again."""

    episodes: int
    tested: tuple[str, ...]
    drifting: tuple[str, ...]
    circular_labels: bool
    unlabelled: bool


@dataclass(frozen=True, slots=True)
class BrowseSummary:
    """What summary.json of a browse run holds beside a bench run's."""

    state_headline: str
    findings: FindingsView


@dataclass(frozen=True, slots=True)
class BrowseView:
    """All of a browse run that could be read, and what could not."""

    run: RunView
    summary: BrowseSummary | None
    config: Mapping[str, Any]
    """The design, from the manifest; empty without one."""
    tables: dict[str, list[Row]]
    """Rows of each metric table of tables.BROWSE_METRICS but slots and feed_map; none where one is missing."""
    slots: pa.Table | None
    """Arm, kind, clip_id and outcome of every slot."""
    feed_map: pa.Table | None
    labels: dict[str, tuple[float, ...]]
    """Clip -> probabilities of the values, in the order of `codes`."""
    codes: tuple[str, ...]
    trace: TraceView
    film: Film
    problems: tuple[str, ...]

    def rows(self, table: str, **wanted: str) -> list[Row]:
        """Rows of a metric table whose columns have the values given."""
        return matching(self.tables[table], wanted)

    @property
    def arms(self) -> list[Arm]:
        """Arms in the order of the design, else as they appear."""
        told = self.config.get("arms")
        names = [str(name) for name in told] if isinstance(told, list) else []
        names = names or [row["arm"] for row in self.tables["actions"]]
        names = names or [agent.rpartition("/")[0] for agent in self.trace.walked]
        return [Arm.of(name) for name in dict.fromkeys(names)]

    @property
    def called(self) -> dict[str, str]:
        """What each arm is called on the page, by its name."""
        return short_names(self.arms)

    @property
    def value_names(self) -> dict[str, str]:
        """Code -> name of every value, in order."""
        if self.run.summary is not None:
            return {value.code: value.name for value in self.run.summary.values}
        codes = self.codes or dict.fromkeys(row["value"] for row in self.tables["exposure"])
        return {code: code for code in codes}


def read_browse(folder: Path) -> BrowseView:
    """Read what is there. Raises RunFolderError only where the folder itself is absent."""
    run = read_run(folder)
    problems = list(run.problems)
    summary = None
    if run.summary is not None:  # what is wrong with the file itself has been said
        summary = read_summary(run.folder.summary, BrowseSummary, problems)
    small = {name: schema for name, schema in BROWSE_METRICS.items() if name not in _LARGE}
    tables = {
        name: _whole(name, rows, small[name], problems)
        for name, rows in read_rows(run.folder.tables, small, problems).items()
    }
    columns = ("arm", "kind", "clip_id", "outcome")
    slots = _without_gaps(read_table(run.folder.tables / "slots.parquet", SLOTS, problems, columns))
    feed_map = _without_gaps(read_table(run.folder.tables / "feed_map.parquet", FEED_MAP, problems))
    config = run.manifest.config if run.manifest is not None else {}
    shown = _film(config, run.manifest.seed if run.manifest is not None else 0)
    try:
        trace = read_film(run.folder.trace, shown)
    except OSError as error:
        trace = TraceView({}, Counter(), False, 0)
        problems.append(f"{run.folder.trace.name} cannot be read ({error.strerror}): no episode can be shown.")
    if trace.damaged:
        problems.append(
            f"{trace.damaged:,} lines of {run.folder.trace.name} are damaged and were left out; "
            "spectrum replay names the first."
        )
    codes, labels = _labels(folder / "catalogue.parquet", trace, problems)
    return BrowseView(
        run, summary, config, tables, slots, feed_map, labels, codes, trace, shown, gathered(problems)
    )  # fmt: skip


def _whole(name: str, rows: list[Row], schema: pa.Schema, problems: list[str]) -> list[Row]:
    """Rows that name what they are about and count what they count."""
    keys = [field.name for field in schema if not pa.types.is_floating(field.type)]
    sound = [row for row in rows if all(row[key] is not None for key in keys)]
    if len(sound) < len(rows):
        problems.append(f"{len(rows) - len(sound):,} rows of tables/{name} are damaged and were left out.")
    return sound


def _without_gaps(table: pa.Table | None) -> pa.Table | None:
    return None if table is None else table.drop_null()


def _film(config: Mapping[str, Any], seed: int) -> Film:
    def number(name: str, otherwise: int) -> int:
        found = config.get(name)
        return found if isinstance(found, int) and found > 0 else otherwise

    arms = config.get("arms")
    # A manifest is whatever a stranger's folder holds: a list of ten million replicates is not dealt out.
    replicates = min(number("replicates", 1), 100_000)
    return film(len(arms) if isinstance(arms, list) else 3, replicates, number("slots", 60), seed)


def _labels(path: Path, trace: TraceView, problems: list[str]) -> tuple[tuple[str, ...], dict[str, tuple[float, ...]]]:
    """Labels of the clips in the episodes that are shown."""
    wanted = {slot.clip_id for slots in trace.episodes.values() for slot in slots}
    try:
        codes = (pq.read_schema(path).metadata or {}).get(b"codes", b"").decode()
        table = pq.read_table(path, columns=["clip_id", "labels"])
        rows = table.filter(pc.is_in(table["clip_id"], pa.array(sorted(wanted), pa.string()))).to_pylist()
        labels = {row["clip_id"]: tuple(map(float, row["labels"])) for row in rows if row["labels"]}
    except FileNotFoundError:
        problems.append(f"{path.name} is missing.")
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        problems.append(f"{path.name} is damaged and was left out ({first_line(error)}).")
    else:
        return tuple(codes.split(",")) if codes else (), labels
    return (), {}
