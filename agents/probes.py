"""Probe slots: which clips measure, and what is asked there. Known before the first slot."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from agents.designs import BrowseDesign
from agents.episode import probe_order
from spectrum.bench.plan import plan_bench
from spectrum.bench.planned import Plan
from spectrum.prompts import Condition, render
from spectrum.questions import Form, QuestionBank
from spectrum.respondents.base import Ask, Group, Respondent
from spectrum.runs.identity import ask_id, context_key
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.suite import Suite
from spectrum.views import ClipView
from video_index.keyed import digest, integer

Forms = tuple[tuple[Form, str], ...]
"""A clip's questions, each with its item_id."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """The probe questions of a design, known before the first slot: probes depend on keys, not on behaviour."""

    clips: Mapping[int, tuple[str, ...]]
    """Replicate key -> its probe clips in order."""
    forms: Mapping[tuple[int, str], Forms]
    """(replicate key, probe clip) -> what is asked about it: the same under every condition, so that they pair."""
    plans: tuple[tuple[Plan, frozenset[tuple[str, str]]], ...]
    """One a replicate key, with the (condition, clip) pairs that are asked without memory."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of all probe asks, replicate after replicate."""
        return digest("probes", *(plan.fingerprint for plan, _ in self.plans)).hex()

    def table(self) -> pa.Table:
        """tables.PLAN, each ask once: replicates that share a clip share its asks; those with memory are not here."""
        seen: set[str] = set()
        parts = []
        for plan, wanted in self.plans:
            table = plan.table
            columns = zip(*(table[name].to_pylist() for name in ("ask_id", "condition", "clip_id")), strict=True)
            keep = []
            for ask, condition, clip in columns:
                keep.append(ask not in seen and (condition, clip) in wanted)
                seen.update([ask] if keep[-1] else [])
            parts.append(table.filter(pa.array(keep, pa.bool_())))
        return pa.concat_tables([PLAN.empty_table(), *parts])

    def clip_table(self) -> pa.Table:
        """tables.CLIPS, each probe clip once."""
        table = pa.concat_tables([CLIPS.empty_table(), *(plan.clips for plan, _ in self.plans)])
        first: dict[str, int] = {}
        for row, clip_id in enumerate(table["clip_id"].to_pylist()):
            first.setdefault(clip_id, row)
        return table.take(np.array(list(first.values()), dtype=np.int64))


class Identified(Protocol):
    """What of a respondent its asks are named by."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of what answers."""

    @property
    def settings(self) -> dict[str, str]:
        """What else the answers depend on."""


def plan_probes(suite: Suite, bank: QuestionBank, respondent: Identified, design: BrowseDesign) -> ProbePlan:
    """Choose each replicate's probe clips, in rounds over the values and controls, and their questions.

    One wording a block and clip, drawn by the replicate's key. Raises FeedError where the suite holds too few clips.
    """
    strata = [[member.clip.clip_id for member in suite.clips if code in member.value_sets] for code in suite.codes]
    strata.append([member.clip.clip_id for member in suite.clips if not member.value_sets])
    seed = design.episode.seed
    replicates = sorted({agent.replicate for agent in design.agents if agent.arm.probes})
    clips = {replicate: probe_order(strata, design.episode.probes, seed, replicate) for replicate in replicates}
    asked = _asked(design, clips)
    plans: list[tuple[Plan, frozenset[tuple[str, str]]]] = []
    forms: dict[tuple[int, str], Forms] = {}
    for replicate, chosen in clips.items():
        if not chosen:
            continue
        among = set(chosen)
        part = replace(suite, clips=tuple(member for member in suite.clips if member.clip.clip_id in among))
        plan = plan_bench(
            part,
            bank,
            _conditions(design, replicate),
            respondent.fingerprint,
            respondent.settings,
            construct=design.construct,
            per_clip=1,
            # A key of the replicate's own: a clip that two of them probe is then asked in two wordings. In one wording
            # it would be the same question with the same answer, and replicates would not be independent.
            seed=integer(2**31, seed, replicate, "probe questions"),
        )
        plans.append((plan, asked[replicate]))
        forms.update(((replicate, clip), found) for clip, found in _forms(plan).items())
    return ProbePlan(clips, forms, tuple(plans))


def probe_group(forms: Forms, condition: Condition, view: ClipView, respondent: Respondent) -> Group:
    """The questions about a probe clip under a condition, memory in its text where there is any."""
    contexts: dict[int, str] = {}
    asks = []
    system = ""
    for form, item in forms:
        question = form.question
        rendered = render(question, condition)
        system = rendered.system
        if question.max_tokens not in contexts:
            contexts[question.max_tokens] = context_key(
                condition, respondent.fingerprint, respondent.settings, 0, question.max_tokens
            )
        asks.append(
            Ask(
                ask_id(item, contexts[question.max_tokens]),
                rendered.before_media,
                rendered.after_media,
                question.answer_spec,
                question.max_tokens,
            )
        )
    return Group((view,), system, tuple(asks), condition.name)


def _conditions(design: BrowseDesign, replicate: int) -> tuple[Condition, ...]:
    """Conditions that meet a replicate's probes, in the order of the arms."""
    found: dict[str, Condition] = {}
    for agent in design.agents:
        if agent.replicate == replicate and agent.arm.probes:
            for condition in (agent.arm.condition, agent.arm.later):
                if condition is not None:
                    found.setdefault(condition.name, condition)
    return tuple(found.values())


def _asked(design: BrowseDesign, clips: Mapping[int, tuple[str, ...]]) -> dict[int, frozenset[tuple[str, str]]]:
    pairs: dict[int, set[tuple[str, str]]] = {replicate: set() for replicate in clips}
    for agent in design.agents:
        if not agent.arm.probes or agent.arm.memory:
            continue
        spec = design.spec(agent.arm)
        for slot in filter(spec.is_probe, range(spec.slots)):
            clip = clips[agent.replicate][spec.probes_before(slot)]
            pairs[agent.replicate].add((design.condition_at(agent.arm, slot).name, clip))
    return {replicate: frozenset(found) for replicate, found in pairs.items()}


def _forms(plan: Plan) -> dict[str, Forms]:
    """What each clip is asked, read off the rows of one condition."""
    found: dict[str, list[tuple[Form, str]]] = {}
    name = plan.conditions[0].name
    for row, cell, item in zip(plan.clip.tolist(), plan.cell.tolist(), plan.item_ids.tolist(), strict=True):
        if plan.cells[cell].condition.name == name:
            found.setdefault(plan.members[row].clip.clip_id, []).append((plan.cells[cell].form, item.decode()))
    return {clip: tuple(forms) for clip, forms in found.items()}
