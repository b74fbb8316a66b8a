"""The personas that are followed least, with the answers and clips behind it."""

from spectrum.report.blocks import Answer, Block, Clip, Clips, Fold, Section, Text
from spectrum.report.evidence import shortened, thumbnail
from spectrum.report.pages.adhere_words import VERDICTS, share
from spectrum.report.read_adhere import AdhereRun
from spectrum.report.result_folder import Row
from spectrum.report.words import points, signed

FIRST, FURTHER = 12, 4
"""Personas shown of the first strategy, and of each other one."""
_TITLE, _ANSWER = 200, 1_000
SIDES = {
    "against": "Answers against its target",
    "for": "Answers for its target, where the answer as nobody was another",
    "unreadable": "Answers that could not be read",
}


def worst(run: AdhereRun) -> Section:
    """The personas with the least shift along their own target, a fold each; the last strategy's last."""
    told = Text(
        (
            "Personas that move least along their own target, or against it, with single answers: first those that go "
            "against the target, then those that follow it. Nobody's answer to the same question stands beside each. "
            "Single answers show what happened; the claim is the number over all of them.",
        ),
        soft=True,
    )
    blocks: list[Block] = []
    for place, strategy in enumerate(run.strategies):
        people = run.people(strategy)[::-1]
        shown = people[: FIRST if place == 0 else FURTHER]
        made: list[Block] = [block for row in shown if (block := _persona(run, strategy, row)) is not None]
        if made and len(people) > len(shown):
            made.append(Text((f"{len(people) - len(shown):,} further personas under {strategy} are not shown.",), True))
        blocks += made
    return Section(
        "worst", "Personas it follows least, with their answers", (told, *blocks) if blocks else (), folded=True
    )


def _persona(run: AdhereRun, strategy: str, row: Row) -> Fold | None:
    rows = run.rows("persona_evidence", strategy=strategy, persona=row["persona"])
    if not rows:
        return None
    verdict = VERDICTS.get(row["verdict"], str(row["verdict"]))
    along = share({"estimate": row["on_target"], "low": row["low"], "high": row["high"]})
    number = "" if row["on_target"] is None else f", {along} points along its own target"
    blocks: list[Block] = [Text(tuple(_facts(run, row)))]
    for side, title in SIDES.items():
        part = sorted((one for one in rows if one["side"] == side), key=lambda one: one["place"] or 0)
        if part:
            blocks += (Text((f"{title}:",)), Clips(tuple(_clip(run, strategy, one) for one in part)))
    return Fold(f"{strategy}: {run.label(row['persona'])}, {verdict}{number}", tuple(blocks))


def _facts(run: AdhereRun, row: Row) -> list[str]:
    persona = next((one for one in run.cast.personas if one.id == row["persona"]), None)
    said = [shortened(" ".join(persona.traits), _ANSWER)] if persona and persona.traits else []
    targets = [
        (one["target"], run.value(one["value"]))
        for one in run.rows(
            "persona_profiles", persona=row["persona"], strategy=row["strategy"], measure=row["measure"]
        )
        if one["target"] is not None and one["arm"] == row["arm"]
    ]
    if targets:
        ordered = sorted(targets, reverse=True)
        high = ", ".join(name for _, name in ordered[:2])
        low = ", ".join(name for _, name in ordered[:-3:-1])
        said.append(f"Its target is highest on {high}, lowest on {low}.")
    numbers = []
    if row["distinctive_r"] is not None:
        numbers.append(f"distinctive r {signed(row['distinctive_r'])}")
    if row["rms_shift"] is not None:
        moved = points(row["rms_shift"]).lstrip("+")
        beyond = "no further from nobody's than noise" if moved == "0" else f"{moved} points RMS from nobody's"
        numbers.append(f"profile moved {beyond} (noise taken off, over all ten values)")
    if row["level_shift"] is not None:
        numbers.append(f"level {points(row['level_shift'])} points")
    if row["nearest"] and not row["identified"]:
        numbers.append(f"nearest to the target of {shortened(str(row['nearest']), 60)}")
    if numbers:
        joined = "; ".join(numbers)
        said.append(f"{joined[0].upper()}{joined[1:]}.")
    if row["reason"]:
        said.append(f"Cannot be estimated: {shortened(str(row['reason']), _ANSWER)}.")
    return said


def _clip(run: AdhereRun, strategy: str, row: Row) -> Clip:
    clip_id = str(row["clip_id"])
    named = run.clips.get(clip_id, {}).get("title") or clip_id[:8]
    question = shortened(str(row["question"] or ""), _ANSWER)
    reasons = [f"reason: {row['reason']}"] if row["reason"] else []
    if row["trait"]:
        reasons.append(f"by its trait: {row['trait']}")
    mine = Answer(
        f"{strategy}, the persona", question, str(row["outcome"]), shortened(str(row["answer"] or ""), _ANSWER),
        shortened("; ".join(reasons), _ANSWER),
    )  # fmt: skip
    nobody = Answer("nobody", question, _outcome(row), shortened(str(row["neutral_answer"] or ""), _ANSWER))
    return Clip(
        clip_id=clip_id,
        title=shortened(str(named), _TITLE),
        source=thumbnail(run.folder.thumbnails, clip_id),
        facts=tuple(_clip_facts(run, row)),
        answers=(mine, nobody) if row["neutral_answer"] is not None else (mine,),
    )


def _clip_facts(run: AdhereRun, row: Row) -> list[str]:
    said = []
    if row["pull"]:
        said.append(f"its target: {'accept' if row['pull'] > 0 else 'reject'}")
    said.append(f"as persona: {_decision(row['accepted'], str(row['outcome']))}")
    if row["neutral_answer"] is not None:
        said.append(f"as nobody: {_decision(row['neutral_accepted'], 'no choice')}")
    values = [run.value(code) for code in str(row["values"] or "").split(";") if code]
    if values:
        said.append(f"evokes {', '.join(values)}")
    return said


def _decision(accepted: float | None, otherwise: str) -> str:
    if accepted is None:
        return otherwise
    return "accepts" if accepted > 0.5 else "rejects" if accepted < 0.5 else "neither"


def _outcome(row: Row) -> str:
    return "choice" if row["neutral_accepted"] is not None else "no choice"
