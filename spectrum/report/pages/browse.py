"""The page of a browse run: what the feeds showed a persona beyond chance, then everything behind it, folded away."""

from pathlib import Path

from spectrum.report.blocks import Fold, Notice, Page, Section
from spectrum.report.pages.asked import asked
from spectrum.report.pages.bench_details import details
from spectrum.report.pages.browse_acts import actions_section, causes_section, probes_section
from spectrum.report.pages.browse_exposure import first_screen
from spectrum.report.pages.browse_facts import action_prompts, facts_section
from spectrum.report.pages.browse_film import film_section
from spectrum.report.pages.browse_map import map_section
from spectrum.report.pages.browse_time import time_sections
from spectrum.report.read_browse import BrowseView, read_browse


def page(folder: Path) -> Page:
    """The page of a browse run folder, whole, half walked, empty or damaged."""
    view = read_browse(folder)
    prompts = sorted(
        [*action_prompts(view), *view.run.prompts], key=lambda row: (row["condition"], row["construct"] != "action")
    )
    sections = (
        _unfinished(view, first_screen(view)),
        *time_sections(view),
        causes_section(view),
        film_section(view),
        map_section(view),
        actions_section(view),
        _with_details(view, probes_section(view)),
        facts_section(view),
        asked(prompts, view.run.manifest),
    )
    return Page(
        kind="browse",
        title=f"{_who(view)}, browsing",
        facts=_facts(view),
        headline=(_headline(view),),
        problems=view.problems,
        sections=tuple(section for section in sections if section.blocks),
    )


def _who(view: BrowseView) -> str:
    if view.run.summary:
        return view.run.summary.respondent
    return view.run.manifest.respondent.name if view.run.manifest else view.run.folder.root.name


def _headline(view: BrowseView) -> str:
    if view.run.summary:
        return view.run.summary.headline
    return "Nothing can be said of this run yet: its episodes are not walked to their ends, or were not counted."


def _facts(view: BrowseView) -> str:
    planned = ""
    slots, replicates = view.config.get("slots"), view.config.get("replicates")
    arms = len(view.arms)
    if isinstance(slots, int) and isinstance(replicates, int):
        planned = f"{arms} arms of {replicates} episodes of {slots} slots; "
    started = f"; started {view.run.manifest.created_at[:10]}" if view.run.manifest else ""
    ended = "" if view.trace.done else ", not yet at their ends"
    return f"{planned}{view.trace.slots:,} slots walked{ended}{started}"


def _unfinished(view: BrowseView, section: Section) -> Section:
    if view.run.summary is None or view.run.summary.status == "done" or not section.blocks:
        return section
    notice = Notice("The numbers below are of the slots so far: they will change and are no result.")
    return Section(section.name, section.title, (notice, *section.blocks), section.folded)


def _with_details(view: BrowseView, section: Section) -> Section:
    """The benchmark's own parts over the probe answers, each behind a fold."""
    folds = tuple(Fold(part.title, part.blocks) for part in details(view.run))
    return Section(section.name, section.title, (*section.blocks, *folds), section.folded)
