"""A browse run: agents walk in lockstep, everything is asked through `ask`, and the trace is written down."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from agents.actions import Action, action_named, action_question, keyed_action
from agents.catalogue import Catalogue
from agents.designs import Agent, BrowseDesign
from agents.episode import EpisodeState, Slot, after_slot, next_slot
from agents.errors import FeedError
from agents.exposure import action_table, exposure_table
from agents.probes import ProbePlan, probe_groups
from agents.recommenders import Recommender
from agents.trace import SlotRecord, write_trace
from spectrum.answers import ChoiceSpec, Outcome
from spectrum.prompts import render
from spectrum.respondents.base import Ask, Group, Respondent
from spectrum.runs.ask import ask
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.suite import Suite
from spectrum.views import ClipView


class Walk:
    """The lockstep of one browse run: ask what all agents need next, then move them all.

    Raises FeedError where the catalogue holds fewer clips than an episode has feed slots.
    """

    def __init__(
        self,
        design: BrowseDesign,
        probes: ProbePlan,
        catalogue: Catalogue,
        recommender: Recommender,
        respondent: Respondent,
        view_of_clip: Callable[[str], ClipView],
    ) -> None:
        self._design = design
        self._clips = probes.clips
        self._catalogue = catalogue
        self._recommender = recommender
        self._respondent = respondent
        self._view = view_of_clip
        self._probe_groups = probe_groups(probes, view_of_clip)
        wanted = design.episode.slots - design.episode.probes
        if wanted > len(catalogue.clip_ids):
            raise FeedError(
                f"{wanted} feed slots need as many clips, {len(catalogue.clip_ids)} are left beside the probe clips; "
                "index more clips, or ask for fewer slots"
            )
        self.agents = [
            Agent(condition, replicate) for replicate in range(design.replicates) for condition in design.conditions
        ]
        self._states = {agent: EpisodeState() for agent in self.agents}
        self.records: list[SlotRecord] = []

    def step(self, store: AnswerStore, deterministic: bool, interrupt: Interrupt | None) -> bool:
        """Move every agent one slot; False where all episodes have ended. What was asked before is not asked again."""
        slots = {
            agent: slot
            for agent in self.agents
            if (
                slot := next_slot(
                    self._design.episode,
                    self._states[agent],
                    self._catalogue,
                    self._recommender,
                    agent.replicate,
                    self._clips[agent.replicate],
                )
            )
        }
        if not slots:
            return False
        groups = {agent: self._group(agent, slot) for agent, slot in slots.items()}
        # Agents of one condition can meet the same ask in the same slot; it is put once.
        distinct = {tuple(ask.ask_id for ask in group.asks): group for group in groups.values()}
        ask(self._respondent, list(distinct.values()), store, deterministic=deterministic, interrupt=interrupt)
        for agent, slot in slots.items():
            self._move(agent, slot, groups[agent], store.get(ask.ask_id for ask in groups[agent].asks))
        return True

    def _group(self, agent: Agent, slot: Slot) -> Group:
        if slot.kind == "probe":
            return self._probe_groups[agent.condition.name, slot.clip_id]
        question = action_question(self._design.episode.seed, agent.replicate, slot.number)
        rendered = render(question, agent.condition)
        view = self._view(slot.clip_id)
        item = item_id(
            (view.view_id,),
            question_key(question.before_media, question.after_media, options_of(question.answer_spec)),
        )
        respondent = self._respondent
        # Each replicate is an ask of its own: two agents that only share a condition are not one observation.
        context = context_key(
            agent.condition, respondent.fingerprint, respondent.settings, agent.replicate, question.max_tokens
        )
        asks = Ask(
            ask_id(item, context),
            rendered.before_media,
            rendered.after_media,
            question.answer_spec,
            question.max_tokens,
        )
        return Group((view,), rendered.system, (asks,), agent.condition.name)

    def _move(self, agent: Agent, slot: Slot, group: Group, answers: Mapping[str, StoredAnswer]) -> None:
        state = self._states[agent]
        first = group.asks[0]
        answer = answers.get(first.ask_id)
        action, drawn = (None, "none") if slot.kind == "probe" else self._action(agent, slot, first, answer)
        spec = first.answer_spec
        self.records.append(
            SlotRecord(
                agent=agent.name,
                condition=agent.condition.name,
                replicate=agent.replicate,
                slot=slot.number,
                kind=slot.kind,
                clip_id=slot.clip_id,
                view_id=group.media[0].view_id,
                ask_ids=tuple(ask.ask_id for ask in group.asks),
                prompt=first.after_media,
                reply=answer.text if answer else "",
                outcome=answer.outcome if answer else str(Outcome.ERROR),
                action=action.word if action else None,
                drawn=drawn,  # type: ignore[arg-type]
                probabilities=answer.probabilities if answer else None,
                options=spec.options if isinstance(spec, ChoiceSpec) else (),
                watched=action.watched if action else None,
                score=slot.choice.score if slot.choice else None,
                propensity=slot.choice.propensity if slot.choice else None,
                candidates=slot.choice.candidates if slot.choice else None,
                feed_state=state.feed_state(self._catalogue),
                tokens_in=sum(found.tokens_in for found in answers.values()),
                tokens_out=sum(found.tokens_out for found in answers.values()),
            )
        )
        self._states[agent] = after_slot(state, slot, action)

    def _action(self, agent: Agent, slot: Slot, asked: Ask, answer: StoredAnswer | None) -> tuple[Action | None, str]:
        """The action taken and where it came from; a refusal or an unreadable reply is no action, whatever its mass."""
        spec = asked.answer_spec
        assert isinstance(spec, ChoiceSpec)
        if answer is None or answer.outcome != str(Outcome.CHOICE) or answer.choice is None:
            return None, "none"
        if answer.probabilities is None or not sum(answer.probabilities) > 0:
            return action_named(answer.choice), "written"
        if self._design.act == "argmax":
            best = max(zip(answer.probabilities, spec.options, strict=True), key=lambda pair: (pair[0], pair[1]))
            return action_named(best[1]), "argmax"
        seed = self._design.episode.seed
        word = keyed_action(spec.options, answer.probabilities, seed, agent.replicate, slot.number, slot.clip_id)
        return action_named(word), "sampled"


def run_browse(
    walk: Walk,
    store: AnswerStore,
    trace: Path,
    *,
    deterministic: bool = False,
    interrupt: Interrupt | None = None,
    on_slot: Callable[[int], None] | None = None,
) -> Sequence[SlotRecord]:
    """Walk all episodes to their ends and write the trace; give its records.

    An episode is a function of its keys and the answers, so a run that was stopped walks again from the start, and
    every answer that is stored is not asked again. Raises what `ask` raises; the trace so far is then on disk too.
    """
    steps = 0
    try:
        while walk.step(store, deterministic, interrupt):
            steps += 1
            if on_slot is not None:
                on_slot(steps)
    finally:
        write_trace(trace, walk.records)
    return walk.records


def browse_tables(records: Sequence[SlotRecord], catalogue: Catalogue, suite: Suite) -> dict[str, pa.Table]:
    """The metric tables of a browse run, by name: exposure and actions."""
    sources = {member.clip.clip_id: member.label_source for member in suite.clips}
    return {
        "exposure": exposure_table(records, catalogue, suite.codes, sources),
        "actions": action_table(records),
    }
