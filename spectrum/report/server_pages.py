"""What the viewer shows: the list of runs, one that goes on, several profiles together, and any result's page."""

import shlex
from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.report.blocks import Code, Column, Page, Section, Table, Text
from spectrum.report.charts import Interval, forest
from spectrum.report.charts_circle import circle
from spectrum.report.page import Document, asset, document, page_document
from spectrum.report.pages import page_of
from spectrum.report.read_run import RunView, read_run
from spectrum.report.server_progress import Progress
from spectrum.report.server_runs import Entry, Found

COLOURS = {"running": "amber", "done": "green", "unfinished": "amber", "empty": "", "damaged": "red"}


def list_page(root: str, found: Found) -> Document:
    """Every run, with what filters them."""
    kinds = Counter(entry.kind for entry in found.entries)
    problems = ["There are more folders than are looked at here; open one further down."] if found.cut else []
    return document(
        "runs.html.j2",
        [asset("page.js"), asset("view.js")],
        style=asset("view.css"),
        connects=True,
        root=root,
        entries=found.entries,
        kinds=sorted(kinds.items()),
        comparable=sum(entry.kind == "bench" and entry.status == "done" for entry in found.entries),
        problems=problems,
        colours=COLOURS,
        home="",
    )


def follow_page(entry: Entry, progress: Progress) -> Document:
    """A run that goes on: how far it is, and nothing of what it says."""
    return document(
        "follow.html.j2",
        [asset("page.js"), asset("view.js")],
        style=asset("view.css"),
        connects=True,
        entry=entry,
        progress=progress,
        line=progress_line(progress),
        facts=progress_facts(progress),
        colour=COLOURS[entry.status],
        home="../",
    )


def result_page(entry: Entry) -> Document:
    """The page of a result, drawn anew from its files; where nothing can be made of the folder, a page that says so."""
    return _guarded(
        lambda: page_document(page_of(entry.folder), style=asset("view.css"), home="../"),
        entry,
        "This folder cannot be drawn",
        home="../",
    )


def beside_page(entries: Sequence[Entry]) -> Document:
    """The profiles of several bench runs in one forest and on one circle, and what may be said of them."""
    return _guarded(
        lambda: page_document(_beside(entries), style=asset("view.css"), home="./"),
        entries[0],
        "These folders cannot be drawn together",
        home="./",
    )


def refusal_page(entry: Entry, problem: str, *, home: str) -> Document:
    """A page that says why there is none."""
    page = Page(entry.kind, entry.respondent or entry.name, entry.name, (), (problem,), ())
    return page_document(page, style=asset("view.css"), home=home)


def _guarded(draw: Callable[[], Document], entry: Entry, said: str, *, home: str) -> Document:
    try:
        return draw()
    except Exception as error:  # noqa: BLE001 - a folder that a stranger made must not end the viewer, whatever it holds
        reason = (str(error).splitlines() or [""])[0][:300]
        return refusal_page(entry, f"{said} ({type(error).__name__}: {reason}).", home=home)


def _beside(entries: Sequence[Entry]) -> Page:
    runs = [(entry, read_run(entry.folder)) for entry in entries]
    names = _distinct([entry.respondent or entry.name for entry, _ in runs], [entry.name for entry, _ in runs])
    problems = [
        f"{name}: {problem}"
        for name, (_, run) in zip(names, runs, strict=True)
        for problem in ((*_lacking(run), *run.problems) if _lacking(run) else ())
    ]
    drawn = _intervals(names, [run for _, run in runs])
    caption = "Each run's acceptance of each value's clips, in points above or below its own average; 95% intervals."
    figures = (
        forest("profiles", "Profiles", caption, drawn),
        circle("circle", "The profiles on Schwartz's circle", "The dashed ring is each run's own average.", drawn),
    )
    command = "spectrum compare " + " ".join(shlex.quote(str(entry.folder)) for entry in entries)
    told = tuple(f"{name}: {entry.headline}" for name, (entry, _) in zip(names, runs, strict=True) if entry.headline)
    items = [_items(run) for _, run in runs]
    shared = len(set.intersection(*items))
    pairs = "Pairing on the items that the runs share, and correcting for ten values:"
    none = "These runs share no item, so that nothing can be paired: spectrum freeze makes a suite to ask of all."
    sections = (
        Section("profiles-section", "Profiles", tuple(figure for figure in figures if figure is not None)),
        Section("runs-section", "The runs", (Text(told), _runs_table(names, entries, items, shared))),
        Section(
            "differences", "Which differences are real", (Text((pairs,)), Code(command)) if shared else (Text((none,)),)
        ),
    )
    return Page(
        kind="beside",
        title=f"{len(runs)} profiles together",
        facts="",
        headline=(
            "Profiles side by side, not a comparison: which differences are real is said by spectrum compare, on the "
            "items that the runs share and corrected for looking at ten values. Whether intervals overlap does not "
            "say it.",
        ),
        problems=tuple(problems),
        sections=tuple(section for section in sections if section.blocks),
    )


def progress_line(progress: Progress) -> str:
    """Progress in a sentence."""
    of = f" of {progress.planned:,}" if progress.planned is not None else ""
    share = f" ({100 * progress.done / progress.planned:.0f}%)" if progress.planned else ""
    left = f", about {duration(progress.left_s)} left" if progress.left_s is not None else ""
    return f"{progress.done:,}{of} {progress.what}{share}{left}."


def progress_facts(progress: Progress) -> list[tuple[str, str]]:
    """Progress in pairs of name and number."""
    rate = progress.rate
    per = "-" if rate is None else f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute"
    money = "-" if progress.cost_usd is None else f"{progress.cost_usd:,.2f} USD"
    quiet = "-" if progress.quiet_s is None else f"{duration(progress.quiet_s)} ago"
    return [
        ("Rate", per),
        ("Time left", "-" if progress.left_s is None else duration(progress.left_s)),
        ("Latest answer", quiet),
        ("Failed", f"{progress.failed:,}"),
        ("Tokens in", f"{progress.tokens_in:,}"),
        ("Tokens out", f"{progress.tokens_out:,}"),
        ("Cost so far", money),
    ]


def progress_json(progress: Progress) -> dict[str, object]:
    """What the page's script asks for."""
    return progress.plain() | {"line": progress_line(progress), "facts": progress_facts(progress)}


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "12 min", "3 h 5 min", "4 days"."""
    if seconds < 99:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 99:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours / 24:.0f} days"


def _intervals(names: Sequence[str], runs: Sequence[RunView]) -> list[Interval]:
    labels = list(dict.fromkeys(value.name for run in runs for value in (run.summary.values if run.summary else ())))
    rows: dict[tuple[str, str], Interval] = {}
    for name, run in zip(names, runs, strict=True):
        profile = {} if _lacking(run) else run.profile(run.main_condition)
        for value in run.summary.values if run.summary and profile else ():
            row = profile[value.code]
            rows[value.name, name] = Interval(
                value.name, name, 100 * row["estimate"], 100 * row["low"], 100 * row["high"]
            )
    return [rows[label, name] for label in labels for name in names if (label, name) in rows]


def _lacking(run: RunView) -> list[str]:
    if run.summary is None:
        return ["it has no profile yet."]
    if run.summary.status != "done":
        return ["it is not done, and its profile is not shown before it is."]
    return [] if run.profile(run.main_condition) else [run.summary.headline]


def _runs_table(names: Sequence[str], entries: Sequence[Entry], items: Sequence[set[str]], shared: int) -> Table:
    rows = [
        (
            name,
            entry.name,
            f"{entry.answered:,}" if entry.answered is not None else "-",
            f"{shared:,} of {len(mine):,}" if mine else "-",
        )
        for name, entry, mine in zip(names, entries, items, strict=True)
    ]
    columns = (Column("Run", "left"), Column("Folder", "left"), Column("Answers"), Column("Items that all share"))
    return Table(columns, tuple(rows), "An item is one question in one wording about one clip, shown in one way.")


def _items(run: RunView) -> set[str]:
    try:
        table = pq.read_table(run.folder.plan, columns=["item_id", "condition"])
        keep = [row == run.main_condition for row in table["condition"].to_pylist()]
        return set(table.filter(pa.array(keep))["item_id"].to_pylist())
    except (OSError, pa.ArrowException):
        return set()


def _distinct(names: Sequence[str], places: Sequence[str]) -> list[str]:
    count = Counter(names)
    return [name if count[name] == 1 else f"{name} ({place})" for name, place in zip(names, places, strict=True)]
