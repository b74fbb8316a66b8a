"""Probe slots: which clips measure, and what is asked there. Known before the first slot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from agents.designs import BrowseDesign
from agents.episode import probe_order
from spectrum.bench.plan import plan_bench
from spectrum.bench.planned import Plan
from spectrum.questions import QuestionBank
from spectrum.respondents.base import Group, Respondent
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.suite import Suite
from spectrum.views import ClipView
from video_index.keyed import digest


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """The probe questions of a design, known before the first slot: probes depend on keys, not on behaviour."""

    clips: Mapping[int, tuple[str, ...]]
    """Replicate -> its probe clips in order."""
    plans: tuple[Plan, ...]
    """One a replicate."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of all probe asks, replicate after replicate."""
        return digest("probes", *(plan.fingerprint for plan in self.plans)).hex()

    def table(self) -> pa.Table:
        """tables.PLAN, each ask once: replicates that share a clip share its asks."""
        seen: set[str] = set()
        parts = []
        for plan in self.plans:
            table = plan.table
            keep = [ask not in seen for ask in table["ask_id"].to_pylist()]
            seen.update(table["ask_id"].to_pylist())
            parts.append(table.filter(pa.array(keep)))
        return pa.concat_tables([PLAN.empty_table(), *parts])

    def clip_table(self) -> pa.Table:
        """tables.CLIPS, each probe clip once."""
        table = pa.concat_tables([CLIPS.empty_table(), *(plan.clips for plan in self.plans)])
        ids = table["clip_id"].to_pylist()
        return table.take([ids.index(clip_id) for clip_id in dict.fromkeys(ids)])


def plan_probes(suite: Suite, bank: QuestionBank, respondent: Respondent, design: BrowseDesign) -> ProbePlan:
    """Choose each replicate's probe clips, in rounds over the values and controls, and their questions.

    One wording a block and clip. Raises FeedError where the suite holds too few clips.
    """
    strata = [[member.clip.clip_id for member in suite.clips if code in member.value_sets] for code in suite.codes]
    strata.append([member.clip.clip_id for member in suite.clips if not member.value_sets])
    seed = design.episode.seed
    clips = {
        replicate: probe_order(strata, design.episode.probes, seed, replicate) for replicate in range(design.replicates)
    }
    plans = []
    for chosen in clips.values():
        if not chosen:
            continue
        part = replace(suite, clips=tuple(member for member in suite.clips if member.clip.clip_id in chosen))
        plans.append(
            plan_bench(
                part,
                bank,
                design.conditions,
                respondent.fingerprint,
                respondent.settings,
                construct=design.construct,
                per_clip=1,
                seed=seed,
            )
        )
    return ProbePlan(clips, tuple(plans))


def probe_groups(probes: ProbePlan, view_of_clip: Callable[[str], ClipView]) -> dict[tuple[str, str], Group]:
    """The planned group of each condition and probe clip."""
    return {
        (group.condition, group.media[0].clip_id): group
        for plan in probes.plans
        for group in plan.groups(lambda clip: view_of_clip(clip.clip_id))
    }
