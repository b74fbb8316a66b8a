"""Clips of a bench run, most accepted to least, with what was asked about them and answered."""

from spectrum.report.blocks import Answer, Block, Clip, Clips, Fold, Section, Text
from spectrum.report.evidence import answers_about, shortened, thumbnail
from spectrum.report.read_run import RunView
from spectrum.report.result_folder import Row
from spectrum.report.words import percent

ENDS = 12
"""Clips shown at each end of a value's order: the report has to stay a file one can send."""
MOST_ANSWERS = 12
"""Answers shown of one clip."""
Shares = dict[tuple[str, str], float | None]


def clip_sections(run: RunView) -> tuple[list[Section], list[str]]:
    """A fold a value with the clips of its set, and one of the controls; and what could not be read."""
    if run.summary is None:
        return [], []
    shares: Shares = {(row["condition"], row["clip_id"]): row["accepted"] for row in run.tables["clip_acceptance"]}
    conditions = (run.main_condition, *run.personas)
    shelves = [
        (value.name, _ordered(run, [c for c in run.clips if value.code in (c["value_sets"] or ())], shares))
        for value in run.summary.values
    ]
    shelves.append(("Controls", _ordered(run, [clip for clip in run.clips if clip["control_for"]], shares)))
    shown = {clip["clip_id"] for _, (kept, _) in shelves for clip in kept}
    answers, unseen, problems = answers_about(run.folder, sorted(shown), MOST_ANSWERS)
    blocks: list[Block] = []
    seen: set[str] = set()
    for name, (kept, left_out) in shelves:
        if not kept:
            continue
        drawn = tuple(_clip(run, clip, conditions, shares, answers, unseen, seen) for clip in kept)
        blocks.append(Fold(f"{name} ({len(kept) + left_out})", (Clips(drawn, left_out),)))
    if not blocks:
        return [], problems
    order = f" ({run.main_condition})" if run.personas else ""
    told = f"Most accepted to least{order}, with the share of answers that accepted them. A click opens the answers."
    return [Section("clips", "The clips", (Text((told,), soft=True), *blocks), folded=True)], problems


def _ordered(run: RunView, clips: list[Row], shares: Shares) -> tuple[list[Row], int]:
    """The clips that were asked about, most accepted first, the two ends of them; and how many lie between."""
    asked = {clip_id for _, clip_id in shares}

    def place(clip: Row) -> tuple[float, str]:
        share = shares.get((run.main_condition, clip["clip_id"]))
        return (1.0 if share is None else -share, clip["clip_id"])

    ours = sorted((clip for clip in clips if clip["clip_id"] in asked), key=place)
    between = max(0, len(ours) - 2 * ENDS)
    return (ours if not between else [*ours[:ENDS], *ours[-ENDS:]]), between


def _clip(
    run: RunView,
    clip: Row,
    conditions: tuple[str, ...],
    shares: Shares,
    answers: dict[str, list[Answer]],
    unseen: dict[str, int],
    seen: set[str],
) -> Clip:
    clip_id = clip["clip_id"]
    first = clip_id not in seen
    seen.add(clip_id)
    facts = [
        f"{name + ': ' if run.personas else ''}{percent(shares[name, clip_id])}"
        for name in conditions
        if (name, clip_id) in shares
    ]
    return Clip(
        clip_id=clip_id,
        title=shortened(clip["title"] or clip_id[:8], 300),
        source=thumbnail(run.folder.thumbnails, clip_id),
        # A clip in two sets has its answers in the first alone: the page stays small.
        facts=tuple(facts if first else [*facts, "answers: in its first set"]),
        answers=tuple(answers.get(clip_id, ())) if first else (),
        unseen=unseen.get(clip_id, 0) if first else 0,
    )
