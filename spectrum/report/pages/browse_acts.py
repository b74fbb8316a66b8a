"""What agents did, what they said at probes, who caused what, and the facts of catalogue and feed."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow.compute as pc

from spectrum.report.blocks import Block, Column, Fold, Section, Table, Text
from spectrum.report.browse_arms import Arm, short_names
from spectrum.report.charts import curves, forest
from spectrum.report.pages.bench import intervals
from spectrum.report.pages.bench_breakdown import mean_interval
from spectrum.report.pages.browse_exposure import interval, known, pictures
from spectrum.report.read_browse import BrowseView
from spectrum.report.result_folder import Row
from spectrum.report.words import OUTCOMES, OUTCOMES_TOLD, p_text, percent

_ACTIONS = ("like", "watch", "skip", "follow", "leave", "none")
_DESIGNS = {"yoked": "feeds exchanged", "random": "feed switched off"}
_EXCHANGED = (
    "Feeds exchanged: agents were shown each other's feeds, so the total is the persona's part at one feed and the "
    "feed's part for one agent; it comes apart in two ways, which differ by the interaction. "
)
_FIRST = Column("Arm", "left", True)


def actions_section(view: BrowseView) -> Section:
    """Actions, outcomes of the action questions, and the paper's measure, an arm a row."""
    blocks = [*_actions(view), *_outcomes(view), *_yes_change(view)]
    return Section("actions", "Actions and outcomes", tuple(blocks), folded=True)


def _actions(view: BrowseView) -> list[Block]:
    rows = view.tables["actions"]
    if not rows:
        return []
    named = [name for name in _ACTIONS if name in ("like", "skip", "none") or any(row[name] for row in rows)]
    lines = []
    for arm in view.arms:
        ours = [row for row in rows if row["arm"] == arm.name]
        if not ours:
            continue
        slots = sum(row["slots"] for row in ours)
        counts = [sum(row[name] for row in ours) for name in named]
        ended = Counter(row["ended"] for row in ours if row["ended"])
        lines.append(
            (
                view.called[arm.name],
                f"{len(ours):,}",
                f"{slots:,}",
                *(f"{count:,} ({percent(count / slots)})" if slots else "0" for count in counts),
                percent(_mean(row["accepted"] for row in ours)),
                percent(_mean(row["watched_share_modelled"] for row in ours)),
                ", ".join(f"{count} {why}" for why, count in sorted(ended.items())) or "-",
            )
        )
    heads = [name.capitalize() if name != "none" else "None read" for name in named]
    columns = ("Agents", "Feed slots", *heads, "Accepted", "Watched (model)", "Ended early")
    told = (
        "Accepted: expected by the option probabilities where there are any. "
        "A reply without a readable action counts as shown and teaches the feed nothing. Watch time is a model of ours."
    )
    table = Table((_FIRST, *map(Column, columns)), tuple(lines), "What agents did in their feed slots.")
    return [table, Text((told,), soft=True)]


def _outcomes(view: BrowseView) -> list[Block]:
    if view.slots is None:
        return []
    fed = view.slots.filter(pc.equal(view.slots["kind"], "feed"))
    counted = fed.group_by(["arm", "outcome"]).aggregate([("kind", "count")]).to_pylist()
    found = {(row["arm"], row["outcome"]): row["kind_count"] for row in counted}
    other = [name for name in OUTCOMES[1:] if any(outcome == name for _, outcome in found)]
    if not found:
        return []
    if not other:
        return [
            Text((f"Every one of the {fed.num_rows:,} action questions got a choice: none refused, none unparsed.",))
        ]
    columns = (_FIRST, *(Column(name.capitalize()) for name in ("choice", *other)))
    lines = tuple(
        (called, *(f"{found.get((arm, name), 0):,}" for name in ("choice", *other)))
        for arm, called in view.called.items()
    )
    return [Table(columns, lines, f"Outcomes of the action questions; a refusal is no skip. {OUTCOMES_TOLD}")]


def _yes_change(view: BrowseView) -> list[Block]:
    rows = [row for row in view.tables["yes_change"] if row["pair"] == -1 and row["points"] is not None]
    if not rows:
        return []
    lines = tuple(
        (
            str(view.called.get(row["arm"], row["arm"])),
            percent(row["first"]),
            percent(row["last"]),
            f"{100 * row['points']:+.1f}{_over_episodes(view, row['arm'])}",
            "-" if row["percent"] is None else f"{row['percent']:+.0f}%",
            f"{row['window']:,}",
        )
        for row in rows
    )
    heads = ("First", "Last", "Points [95%]", "Relative", "Slots a window")
    caption = (
        "The published measure: share of feed slots with a like or a follow in the last window of an episode against "
        "the first; points with their interval over episodes."
    )
    return [Table((_FIRST, *map(Column, heads)), lines, caption)]


def _over_episodes(view: BrowseView, arm: str) -> str:
    """The interval of an arm's mean change; "" with a single episode."""
    rows = [row for row in view.rows("yes_change", arm=arm) if row["pair"] >= 0]
    changes = [100 * row["points"] for row in rows if row["points"] is not None]
    if len(changes) < 2:
        return ""
    low, high = mean_interval(np.array(changes))
    return f" [{low:+.0f}, {high:+.0f}]"


def causes_section(view: BrowseView) -> Section:
    """Persona or algorithm: both decompositions and their interaction."""
    rows = view.tables["decomposition"]
    drawn = known(
        interval(row["part"], f"{row['persona']}: {_DESIGNS.get(row['design'], row['design'])}", row)
        for row in rows
        if row["outcome"] == "level"
    )
    # Only agents that were shown each other's feeds can tell a cause: without them nothing is said to be caused.
    exchanged = any(row["design"] == "yoked" for row in rows)
    figure = forest(
        "decomposition",
        "Persona or feed: who caused it" if exchanged else "An own feed against a random one",
        "Change in acceptance of all clips, in points, with 95% intervals over episodes. "
        + (_EXCHANGED if exchanged else "")
        + "Feed switched off: what an own feed does over a random one"
        + ("." if exchanged else "; whether persona or feed is the cause takes agents that are shown each other's."),
        drawn,
        axis="points of acceptance",
        labels="part",
    )
    blocks: list[Block] = [figure] if figure else []
    by_value = [row for row in rows if row["outcome"] != "level"]
    if by_value:
        names = view.value_names
        lines = tuple(
            (
                f"{row['persona']}, {row['part']}",
                str(_DESIGNS.get(row["design"], row["design"])),
                str(row["outcome"]),
                str(names.get(row["value"], row["value"])),
                _cell(row),
                "-" if row["p_holm"] is None else p_text(row["p_holm"]),
            )
            for row in by_value[:600]
        )
        left = ("Part", "By", "Outcome", "Value")
        table = Table(
            (*(Column(head, "left") for head in left), Column("Points [95%]"), Column("p (Holm)")),
            lines,
            "Parts by value: exposure, and acceptance of the value's clips.",
            filtered=True,
        )
        blocks.append(Fold("Every part by value", (table,)))
    return Section("causes", "Persona or algorithm", tuple(blocks), folded=True)


def probes_section(view: BrowseView) -> Section:
    """State: what agents said at probe slots; and how it differs from what they do."""
    run = view.run
    blocks: list[Block] = []
    drawn = intervals(run, (run.main_condition, *run.personas)[:4])
    if view.summary and run.summary and run.summary.status == "done" and drawn:
        blocks.append(Text((view.summary.state_headline,)))
    figure = forest(
        "probe-profile",
        "What agents said at probes, without memory",
        "Acceptance of each value's clips at probe slots, in points from the agent's own average; 95% intervals. "
        "Probes move nothing, and without memory nothing moves them: this is the respondent, not the feed.",
        drawn,
    )
    blocks += [figure] if figure else []
    blocks += _memory(view) + _fading(view) + _gap(view)
    return Section("probes", "Probe answers", tuple(blocks), folded=True)


def _memory(view: BrowseView) -> list[Block]:
    """State with memory against without: the only change of state that there can be."""
    rows = [
        row
        for row in view.tables["state"]
        if Arm.of(row["arm"]).memory and row["reference"] and not Arm.of(row["reference"]).memory
    ]
    measure = "probability" if any(row["measure"] == "probability" for row in rows) else "written"
    drawn = known(
        interval(name, Arm.of(row["arm"]).words, row)
        for code, name in view.value_names.items()
        for row in rows
        if row["value"] == code and row["measure"] == measure
    )
    figure = forest(
        "state-change",
        "What memory of the feed changes in the answers",
        "Probe profile with memory minus without, in points, with 95% intervals over episodes: the only change of "
        "state that can be told.",
        drawn,
        axis="points, memory minus none",
    )
    if figure:
        return [figure]
    return [Text(("No arm with memory was compared with one without, so no change of state is reported.",), soft=True)]


def _fading(view: BrowseView) -> list[Block]:
    """How closely probe answers follow the persona, over the episode."""
    rows = [row for row in view.tables["persona_decay"] if row["part"] == "window" and row["against"] == "neutral"]
    measure = "probability" if any(row["measure"] == "probability" for row in rows) else "written"
    drawn = [
        ((row["first"] + row["last"]) / 2, found)
        for row in rows
        if row["measure"] == measure
        and (found := interval("", f"{row['feed']} feed{', memory' if row['memory'] else ''}", row, 1.0))
    ]
    figure = curves(
        "persona-decay",
        "How closely the persona is followed over the episode",
        "Probe answers against the persona's target, window by window: slope of persona minus neutral on "
        "the target, with 95% intervals over episodes; at zero it is not followed. Without memory nothing can fade: a "
        "trend there is the clips'.",
        drawn,
        across="slot",
        up="slope on the target",
        reference=0.0,
    )
    return [figure] if figure else []


def _gap(view: BrowseView) -> list[Block]:
    def draw(arms: list[Arm], place: str) -> list[Block]:
        called = short_names(arms)
        drawn = known(
            interval(name, called[arm.name], row)
            for code, name in view.value_names.items()
            for arm in arms
            for row in view.rows("gap", arm=arm.name, value=code)
        )
        figure = forest(
            f"gap-{place}",
            f"What agents do against what they say ({arms[0].setting})",
            "Profile of the actions in the feed minus profile of the probe answers, in points, with 95% intervals over "
            "episodes: right of zero an agent acts on a value more than it says.",
            drawn,
            axis="points, actions minus answers",
        )
        return [figure] if figure else []

    return pictures(view, draw, title="Actions against answers")


def _cell(row: Row) -> str:
    found = interval("", "", row)
    return "-" if found is None else f"{found.estimate:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"


def _mean(numbers: Iterable[float | None]) -> float | None:
    found = [number for number in numbers if number is not None]
    return sum(found) / len(found) if found else None
