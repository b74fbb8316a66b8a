"""What stands behind the first screen of a run: checks, effects, controls, reliability, outcomes; for a terminal."""

from rich.console import Console

from spectrum.report.lines import lights, line, say
from spectrum.report.read_run import RunView
from spectrum.report.reliability import reliability_lines
from spectrum.report.result_folder import Row
from spectrum.report.words import OUTCOMES, ends, level_text, p_text, percent, points, signed, size_text, with_ends

RUNGS = {
    "intact": "clips as they are",
    "chance": "chance",
    "always_yes": "always yes",
    "shuffled_labels": "labels shuffled",
    "blank": "blank frames",
    "permuted": "others' pictures",
    "caption": "own descriptions",
    "masked": "text painted over",
}
MOST_KEYWORDS = 10


def show_details(console: Console, run: RunView) -> None:
    """Print every part that the run has, the reported construct's and measure's first."""
    _ladder(console, run)
    for condition in run.summary.conditions if run.summary else ():
        _effects(console, run, condition)
        _controls(console, run, condition)
    _keywords(console, run)
    _corrections(console, run)
    _reliability(console, run)
    _logit(console, run)
    for condition in run.summary.conditions if run.summary else ():
        _level(console, run, condition)
        _outcomes(console, run, condition)
    paper_table(console, run)
    for condition in run.personas:
        lights(console, run, condition)
    _notes(console, run)


def _ladder(console: Console, run: RunView) -> None:
    rows = run.rows("null_ladder", construct=run.construct)
    if not rows:
        return
    console.print()
    say(console, f"Null ladder, {rows[0]['condition']}: what is left of the profile without what it should come from")
    heads = f"{'level':>6} {'SD':>6} {'noise':>6} {'of intact':>10} {'changed':>8} {'clips':>6}  check"
    line(console, f"{'':18}{heads}", "dim")
    for row in rows:
        cells = [size_text(row["sd"]), size_text(row["noise_sd"]), percent(row["share"]), percent(row["changed"])]
        line(
            console,
            f"{RUNGS.get(str(row['rung']), str(row['rung'])):18}{percent(row['level']):>6} {cells[0]:>6} {cells[1]:>6} "
            f"{cells[2]:>10} {cells[3]:>8} {row['clips']:>6,}  {row['gate']}",
        )
    for row in rows:
        if row["how"] != "computed":
            say(console, f"{RUNGS.get(str(row['rung']), str(row['rung']))}: {row['text']}.", "dim")


def _effects(console: Console, run: RunView, condition: str) -> None:
    rows = run.rows("effects", condition=condition, construct=run.construct)
    if not rows:
        return
    console.print()
    say(console, f"What the question did, {condition}: points, 95% intervals")
    for effect, name in (("yes_bias", "yes-bias"), ("order", "first-named option")):
        for row in rows:
            if (row["effect"], row["wording"]) == (effect, "all"):
                line(console, f"{name:20}{points(row['estimate']):>6} {ends(row)}")
    wordings: dict[str, dict[str, Row]] = {row["wording"]: {} for row in rows if row["wording"] != "all"}
    for row in rows:
        if row["wording"] != "all":
            wordings[row["wording"]][row["effect"]] = row
    if wordings:
        line(console, f"{'wording':14}{'acceptance':>20} {'yes-bias':>20} {'first-named':>20}", "dim")
    for wording, found in wordings.items():
        cells = [with_ends(found.get(effect)) for effect in ("wording", "yes_bias", "order")]
        line(console, f"{str(wording)[:13]:14}{cells[0]:>20} {cells[1]:>20} {cells[2]:>20}")


def _controls(console: Console, run: RunView, condition: str) -> None:
    rows = {row["value"]: row for row in run.rows("control_contrast", condition=condition, construct=run.construct)}
    if not rows or run.summary is None:
        return
    console.print()
    say(console, f"Value sets minus their matched controls, {condition}: points of acceptance, level and all")
    line(console, f"{'':16}{'difference':>18} {'p (Holm)':>9} {'clips':>12}", "dim")
    for value in run.summary.values:
        if value.code in rows:
            row = rows[value.code]
            clips = f"{row['set_clips']} - {row['control_clips']}"
            line(console, f"{value.name[:15]:16}{with_ends(row):>18} {p_text(row['p_holm']):>9} {clips:>12}")
    names = {value.code: value.name for value in run.summary.values}
    for matched, told in ((True, "matched on, and still apart"), (False, "not matched on, and apart")):
        apart = [
            f"{names.get(row['value'], row['value'])} in {row['covariate']} "
            f"({'constant' if row['difference'] is None else signed(row['difference'])})"
            for row in run.tables["covariate_balance"]
            if row["flagged"] and row["matched"] == matched
        ]
        if apart:
            say(console, f"{told} by more than .1 SD: {', '.join(apart)}.".capitalize(), "dim")


def _keywords(console: Console, run: RunView) -> None:
    rows = [row for row in run.tables["leave_keyword_out"] if row["value"] is not None]
    if not rows or run.summary is None:
        return
    names = {value.code: value.name for value in run.summary.values}
    console.print()
    say(console, f"Without the clips of one keyword: of {len(rows)}, those that matter most")
    line(console, f"{'keyword':34}{'clips':>6}  {'moves':16}{'from':>6} {'to':>6}", "dim")
    for row in rows[:MOST_KEYWORDS]:
        line(
            console,
            f"{str(row['keyword'])[:33]:34}{row['clips']:>6}  {str(names.get(row['value'], row['value']))[:15]:16}"
            f"{points(row['estimate']):>6} {points(row['without']):>6}",
        )


def _corrections(console: Console, run: RunView) -> None:
    rows = run.rows("written_correction", condition=run.main_condition, construct=run.construct)
    if not rows or run.summary is None:
        return
    names = {value.code: value.name for value in run.summary.values}
    console.print()
    both = f"{rows[0]['answers']:,} asks with both"
    say(console, f"Option probabilities, {run.main_condition}, and what written answers add to them ({both})")
    for row in rows:
        note = "  above 2 points" if row["too_large"] else ""
        added = with_ends({**row, "estimate": row["correction"]})
        name = str(names.get(row["value"], row["value"]))
        line(console, f"{name[:15]:16}{points(row['probability']):>6}  {added:>18}{note}")


def _reliability(console: Console, run: RunView) -> None:
    rows = run.tables.get("reliability", [])
    if not rows:
        return
    console.print()
    for text in reliability_lines(rows):
        say(console, text)


def _logit(console: Console, run: RunView) -> None:
    rows = run.profile(run.main_condition, "logit")
    if not rows or run.summary is None:
        return
    console.print()
    say(console, f"Logit scale, {run.main_condition}: where a strong yes-bias does not shrink differences")
    for value in run.summary.values:
        row = rows[value.code]
        line(
            console,
            f"{value.name[:15]:16}{signed(row['estimate']):>6} [{row['low']:+.2f}, {row['high']:+.2f}]  "
            f"p (Holm) {p_text(row['p_holm'])}  {row['tied_group']}",
        )


def _level(console: Console, run: RunView, condition: str) -> None:
    row = run.level(condition)
    if row is not None and condition != run.main_condition:
        console.print()
        say(console, f"Level, {condition}: {level_text(row)}.")


def _outcomes(console: Console, run: RunView, condition: str) -> None:
    names = {value.code: value.name for value in run.summary.values} if run.summary else {}
    names |= {"all": "all asks", "control": "controls"}
    rows = [row for row in run.rows("outcomes", condition=condition) if row["planned"]]
    total = next((row for row in rows if row["value"] == "all"), None)
    if total is None:
        return
    console.print()
    lacking = [f"{total[name]:,} {name}" for name in OUTCOMES[1:] if total[name]]
    if not lacking:
        say(console, f"Outcomes, {condition}: all {total['choice']:,} asks got a choice.")
        return
    say(console, f"Outcomes, {condition}: {total['choice']:,} choices, {', '.join(lacking)}")
    line(console, f"{'':16}{'choices':>9} {'others':>9} {'accepted':>9}  had all others been no, or yes", "dim")
    for row in rows:
        counts = f"{row['choice']:>9,} {row['planned'] - row['choice']:>9,}"
        bounds = f"{percent(row['accepted_low'])} to {percent(row['accepted_high'])}"
        name = names.get(str(row["value"]), str(row["value"]))
        line(console, f"{name[:15]:16}{counts} {percent(row['accepted']):>9}  {bounds}")


def paper_table(console: Console, run: RunView) -> None:
    """The published benchmark's own percentages of the main condition."""
    rows = {row["value"]: row for row in run.rows("paper", condition=run.main_condition)}
    if not rows or run.summary is None:
        return
    console.print()
    say(console, f"The paper's own percentages of yes, {run.main_condition}")
    for value in run.summary.values:
        row = rows.get(value.code)
        shown = "-" if row is None or row["percent"] is None else f"{row['percent']:.0f}"
        line(console, f"{value.name[:15]:16}{shown:>7}")
    for scores in run.summary.paper:
        if scores.condition == run.main_condition and scores.mean is not None and scores.sd is not None:
            spread = f"mean {scores.mean:.1f}, sample SD {scores.sd:.2f} over the values"
            say(console, f"paper %: yes / asked x 100, a refusal counted as no yes; {spread}.", "dim")


def _notes(console: Console, run: RunView) -> None:
    if run.summary is None or not run.summary.notes:
        return
    console.print()
    say(console, "Notes on this run")
    for note in run.summary.notes:
        say(console, f"- {note}")
