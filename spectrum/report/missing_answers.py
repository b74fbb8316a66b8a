"""What became of asks that got no choice, in the words of a first screen; asks that were not put yet are apart."""

from spectrum.report.read_run import ChangeView, RunView
from spectrum.report.result_folder import Row
from spectrum.report.words import OUTCOMES, percent

SEEN = 0.005
"""Half a point: less is not seen in whole points."""


def outcomes_text(row: Row) -> str:
    """Of a row of the outcomes table: how many asks got no choice and what that leaves open; "" of no asks."""
    put = row["planned"] - row["missing"]
    waiting = f" {row['missing']:,} of {row['planned']:,} asks are not put yet." if row["missing"] else ""
    if not put:
        return waiting.strip()
    lacking = put - row["choice"]
    if not lacking:
        return f"All {put:,} asks{' that were put' if waiting else ''} got a choice.{waiting}"
    kinds = ", ".join(f"{row[name]:,} {name}" for name in OUTCOMES if name not in ("choice", "missing") and row[name])
    bounds = f"{percent(row['accepted_low'])} and {percent(row['accepted_high'])}"
    return (
        f"{lacking:,} of {put:,} asks got no choice ({kinds}): had those been no, or yes, acceptance would be "
        f"{bounds}.{waiting}"
    )


def lacks_choices(row: Row) -> bool:
    """Whether an ask that was put got no choice."""
    return bool(row["planned"] - row["missing"] - row["choice"])


def total_outcomes(run: RunView, condition: str) -> Row | None:
    """The outcomes of all of a condition's asks."""
    return next((row for row in run.rows("outcomes", condition=condition, value="all") if row["planned"]), None)


def change_bounds(run: RunView, condition: str) -> ChangeView | None:
    """What a condition's change could have been, where missing answers could move it by half a point."""
    found = run.change(condition)
    wide = found is not None and any(high - low >= SEEN for low, high in found.bounds.values())
    return found if wide else None


def change_note(run: RunView, condition: str, items: int) -> str | None:
    """Why a persona's profile minus the other need not be its change; None where all are about the same answers."""
    notes = [(name, run.estimate(name)) for name in (run.main_condition, condition)]
    counts = [(name, note.answers) for name, note in notes if note is not None]
    if all(answers == items for _, answers in counts):
        return None
    own = " and ".join(f"{answers:,} of {name}" for name, answers in counts)
    return (
        f"The change is over the {items:,} items that both answered, each profile over all its own answers ({own}): "
        "the columns need not add up."
    )
