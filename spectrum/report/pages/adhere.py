"""The page of an adherence run: does the model follow its personas, which ones, and what lies behind it."""

from pathlib import Path

from spectrum.report.blocks import Block, Column, Fold, Page, Section, Table, Text
from spectrum.report.evidence import shortened
from spectrum.report.pages import adhere_checks, adhere_evidence, adhere_people, adhere_pool, adhere_reading
from spectrum.report.pages.asked import asked
from spectrum.report.read_adhere import WRITTEN, AdhereRun, read_adhere

LISTED = 400
_TRAITS = 1_500
_NOTES = 20


def page(folder: Path) -> Page:
    """The page of an adherence run folder, whole, half finished, empty or damaged."""
    run = read_adhere(folder)
    sections = (
        adhere_pool.adherence(run),
        adhere_checks.checks(run),
        adhere_people.people(run),
        adhere_people.profiles(run),
        adhere_reading.strategies(run),
        adhere_people.identification(run),
        adhere_reading.specificity(run),
        adhere_reading.by_value(run),
        adhere_reading.reliability(run),
        _decay(run),
        adhere_checks.controls(run),
        adhere_checks.sweep(run),
        adhere_evidence.worst(run),
        adhere_reading.raw(run),
        _asked(run),
    )
    return Page(
        kind="adhere",
        title=f"Persona adherence: {run.summary.respondent if run.summary else folder.name}",
        facts=_facts(run),
        headline=tuple(_headline(run)),
        problems=run.problems,
        sections=tuple(section for section in sections if section.blocks),
    )


def _facts(run: AdhereRun) -> str:
    if run.summary is None:
        return ""
    parts = [f"{run.summary.answered:,} of {run.summary.planned:,} asks answered"]
    if run.summary.failed:
        parts.append(f"{run.summary.failed:,} failed")
    parts.append(f"{run.summary.personas:,} personas of {run.summary.targets:,} targets")
    if run.clips:
        parts.append(f"{len(run.clips):,} clips")
    if run.summary.label_sources:
        parts.append(f"labels: {', '.join(run.summary.label_sources)}")
    return ", ".join(parts) + (f"; started {run.manifest.created_at[:10]}" if run.manifest else "")


def _headline(run: AdhereRun) -> list[str]:
    if run.summary is None:
        return ["No adherence can be shown of this run yet."]
    said = [run.summary.headline]
    if run.summary.status == "done":
        written = [one for one in run.summary.strategies if one.measure == WRITTEN]
        for one in written[1:]:
            follows = f"follows {one.follows} of {one.personas} personas. " if one.reason is None else ""
            said.append(f"{one.name}: {follows}{one.sentence}")
    return said


def _decay(run: AdhereRun) -> Section:
    """Nothing here has memory; where decay is measured is said, so that nobody misses it."""
    if not run.estimated:
        return Section("decay", "Decay with memory", (), folded=True)
    told = Text(
        (
            "Every question of this run was put afresh, with the persona before it: nothing is remembered, so nothing "
            "can fade. Whether a persona fades over an episode with memory is measured by a browse run with memory, "
            "and shown on its page.",
        )
    )
    return Section("decay", "Decay with memory", (told,), folded=True)


def _asked(run: AdhereRun) -> Section:
    """The personas as they were played, the exact prompts, notes, configuration."""
    prompts = asked(run.prompts, run.manifest)
    blocks: list[Block] = []
    cast = run.cast.personas
    if cast:
        heads = (
            Column("Persona", "left", grows=True),
            Column("Traits, as they were told", "left", grows=True),
            Column("Target set by", "left", grows=True),
            Column("Id", "left"),
        )
        rows = tuple(
            (
                run.label(persona.id),
                shortened(" ".join(persona.traits), _TRAITS),
                shortened(persona.target_source or "no target", 120),
                shortened(persona.id, 60),
            )
            for persona in cast[:LISTED]
        )
        left = f"{len(cast) - LISTED:,} further ones are in cast.json." if len(cast) > LISTED else ""
        blocks.append(Fold(f"The personas ({len(cast):,})", (Table(heads, rows, left, filtered=True),)))
    if run.prompts:
        blocks.append(
            Text(
                (
                    "Nobody's questions, and those of the first persona of each strategy. All personas of a strategy "
                    "get the same questions about the same clips; only the persona's text differs.",
                ),
                soft=True,
            )
        )
    notes = run.summary.notes if run.summary else ()
    if notes:
        more = (f"{len(notes) - _NOTES:,} further notes are in summary.json.",) if len(notes) > _NOTES else ()
        blocks.append(Fold(f"Notes on this run ({len(notes)})", (Text((*notes[:_NOTES], *more)),)))
    return Section(prompts.name, prompts.title, (*blocks, *prompts.blocks), folded=True)
