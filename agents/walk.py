"""Lockstep: ask what all agents need next, then move them all. Who moves is decided by states and keys alone."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.acting import Act, act_of, answered_ask, watched
from agents.actions import Action, action_named, action_question
from agents.catalogue import Catalogue
from agents.designs import Agent, BrowseDesign
from agents.episode import EpisodeSpec, EpisodeState, Slot, after_slot, exhausted, request_of, slot_kind
from agents.errors import FeedError
from agents.memory import memory_text, remembering
from agents.probes import ProbePlan, probe_group
from agents.recommenders.base import DrawKey, Recommender, choose_all
from agents.recommenders.blind import RandomFeed
from agents.shown_frames import frame_hashes
from agents.trace import AskRecord, SlotRecord
from spectrum.errors import RespondentError
from spectrum.prompts import Condition, render
from spectrum.respondents.base import Ask, Group, Respondent
from spectrum.runs.ask import ask
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView

Answers = Mapping[str, StoredAnswer]
_UNREADABLE = ("clip not readable", "clip cannot be read")
"""In the reason of an ask that failed because of its clip: that is the clip's outcome, not the respondent's end."""


@dataclass(frozen=True, slots=True)
class _Put:
    """A slot with what is asked in it."""

    slot: Slot
    condition: Condition
    group: Group
    names: tuple[tuple[str, str, str, str], ...]
    """(item_id, wording, block, form) of each ask."""
    recommender: str
    phase: str


class Walk:
    """The episodes of one browse run, as far as they have come."""

    def __init__(
        self,
        design: BrowseDesign,
        probes: ProbePlan,
        catalogue: Catalogue,
        recommender: Recommender,
        respondent: Respondent,
        view_of_clip: Callable[[str], ClipView],
        *,
        hash_frames: bool = False,
        until_exhausted: bool = False,
    ) -> None:
        """`hash_frames`: record the hashes of the pixels shown; leave it off for respondents that look at none.

        Raises FeedError where the catalogue holds fewer clips than an episode has feed slots, unless
        `until_exhausted` lets episodes end early.
        """
        self._design = design
        self._probes = probes
        self._catalogue = catalogue
        self._recommender = recommender
        self._random = RandomFeed()
        self._respondent = respondent
        self._view = view_of_clip
        self._hash_frames = hash_frames
        self.agents = design.agents
        self._states = {agent: EpisodeState() for agent in self.agents}
        self._of_name = {agent.name: agent for agent in self.agents}
        self._shown: defaultdict[str, list[str]] = defaultdict(list)
        self._barred = {agent.replicate: catalogue.rows(probes.clips.get(agent.replicate, ())) for agent in self.agents}
        if not until_exhausted:
            self._require_enough()

    def state(self, agent: Agent) -> EpisodeState:
        """Where an agent stands."""
        return self._states[agent]

    def restore(self, records: Iterable[SlotRecord]) -> None:
        """Move the agents as these records say, asking nothing: how a run that was stopped goes on."""
        for record in records:
            agent = self._of_name[record.agent]
            slot = Slot(record.slot, record.kind, record.clip_id, None)
            self._move(agent, slot, action_named(record.action) if record.action else None, record.feed_weight)

    def step(
        self, store: AnswerStore, deterministic: bool = False, interrupt: Interrupt | None = None
    ) -> list[SlotRecord]:
        """Move every agent that stands at the earliest open slot; give the records, none where all have ended.

        What was asked before is not asked again. Raises what `ask` raises, FeedError for a recommender that breaks its
        rules, and RespondentError where nothing at all was answered: no agent has then moved.
        """
        while True:
            waiting = [agent for agent in self.agents if slot_kind(self._spec(agent), self._states[agent]) is not None]
            if not waiting:
                return []
            now = min(self._states[agent].slot for agent in waiting)
            slots = self._slots([agent for agent in waiting if self._states[agent].slot == now])
            if slots:
                break
        puts = {agent: self._put(agent, slot, by) for agent, (slot, by) in slots.items()}
        ask(self._respondent, _merged(put.group for put in puts.values()), store,
            deterministic=deterministic, interrupt=interrupt)  # fmt: skip
        ids = {ask.ask_id for put in puts.values() for ask in put.group.asks}
        answers = store.get(ids)
        why = "" if answers else _why(store, ids)
        if why and not any(text in why for text in _UNREADABLE):
            raise RespondentError(
                f"{self._respondent.name} answered nothing in slot {now}: {why}; "
                "all before it is kept, the same command goes on from there"
            )
        return [self._record(agent, put, answers) for agent, put in puts.items()]

    def _spec(self, agent: Agent) -> EpisodeSpec:
        return self._design.spec(agent.arm)

    def _slots(self, agents: Sequence[Agent]) -> dict[Agent, tuple[Slot, str]]:
        """The next slot of each agent and who chose it, in the agents' order; agents whose feed is out are ended."""
        found: dict[Agent, tuple[Slot, str]] = {}
        asking: defaultdict[str, list[Agent]] = defaultdict(list)
        for agent in agents:
            state, spec = self._states[agent], self._spec(agent)
            if slot_kind(spec, state) == "probe":
                clips = self._probes.clips[agent.replicate]
                found[agent] = (Slot(state.slot, "probe", clips[spec.probes_before(state.slot)], None), "")
            elif agent.arm.feed != "yoked":
                own = agent.arm.feed == "adaptive" and spec.phase(state.fed).own_feed
                asking["own" if own else "random"].append(agent)
        for which, group in asking.items():
            recommender = self._recommender if which == "own" else self._random
            requests = [
                request_of(
                    self._spec(agent), self._states[agent], self._catalogue,
                    DrawKey(self._design.episode.seed, agent.replicate), self._barred[agent.replicate],
                )
                for agent in group
            ]  # fmt: skip
            for agent, choice in zip(group, choose_all(recommender, self._catalogue, requests), strict=True):
                if choice is None:
                    self._states[agent] = exhausted(self._states[agent])
                else:
                    slot = Slot(self._states[agent].slot, "feed", choice.clip_id, choice)
                    found[agent] = (slot, recommender.name)
        self._yoke([agent for agent in agents if agent.arm.feed == "yoked" and agent not in found], found)
        return {agent: found[agent] for agent in agents if agent in found}

    def _yoke(self, agents: Sequence[Agent], found: dict[Agent, tuple[Slot, str]]) -> None:
        for agent in agents:
            state = self._states[agent]
            source = self._of_name[f"{agent.arm.source_arm()}/{agent.pair}"]
            chosen = found[source][0].clip_id if source in found else None
            behind = self._shown[source.name]
            clip = behind[state.fed] if state.fed < len(behind) else chosen
            if clip is None:
                self._states[agent] = exhausted(state)
            else:
                found[agent] = (Slot(state.slot, "feed", clip, None, yoked=True), f"yoked to {source.name}")

    def _put(self, agent: Agent, slot: Slot, recommender: str) -> _Put:
        state, spec = self._states[agent], self._spec(agent)
        condition = self._design.condition_at(agent.arm, slot.number)
        if agent.arm.memory:
            condition = remembering(condition, memory_text(state.past, spec.memory_words))
        view = self._view(slot.clip_id)
        if slot.kind == "probe":
            forms = self._probes.forms[agent.replicate, slot.clip_id]
            names = tuple((item, form.wording, form.block, form.form) for form, item in forms)
            return _Put(slot, condition, probe_group(forms, condition, view, self._respondent), names, "", "")
        group, item = self._action_group(agent, state.fed, condition, view)
        return _Put(slot, condition, group, ((item, "action", "action", "action"),), recommender,
                    spec.phase(state.fed).name)  # fmt: skip

    def _action_group(self, agent: Agent, fed: int, condition: Condition, view: ClipView) -> tuple[Group, str]:
        question = action_question(self._design.episode.seed, agent.replicate, fed, actions=self._design.actions)
        rendered = render(question, condition)
        key = question_key(question.before_media, question.after_media, options_of(question.answer_spec))
        item = item_id((view.view_id,), key)
        respondent = self._respondent
        # Each replicate is an ask of its own: two agents that only share a condition are not one observation.
        context = context_key(
            condition, respondent.fingerprint, respondent.settings, agent.replicate, question.max_tokens
        )
        put = Ask(
            ask_id(item, context), rendered.before_media, rendered.after_media, question.answer_spec,
            question.max_tokens,
        )  # fmt: skip
        return Group((view,), rendered.system, (put,), condition.name), item

    def _record(self, agent: Agent, put: _Put, answers: Answers) -> SlotRecord:
        slot, choice, state = put.slot, put.slot.choice, self._states[agent]
        asks = tuple(
            answered_ask(ask, answers.get(ask.ask_id), named)
            for ask, named in zip(put.group.asks, put.names, strict=True)
        )
        taken = Act(None, "none") if slot.kind == "probe" else self._act(agent, slot, state.fed, asks[0])
        share = weight = seconds = None
        if taken.action is not None:
            share = watched(self._design.watch, taken.action, asks[0])
            seconds = round(share * self._catalogue.duration(self._catalogue.row_of[slot.clip_id]), 6)
            weight = 2 * share - 1 if self._design.learn_from == "watch" else taken.action.feed_weight
        if slot.kind == "feed" and (taken.action is None or not self._spec(agent).phase(state.fed).learns):
            weight = 0.0
        record = SlotRecord(
            agent=agent.name,
            arm=agent.arm.name,
            condition=put.condition.name,
            pair=agent.pair,
            replicate=agent.replicate,
            slot=slot.number,
            fed=state.fed,
            kind=slot.kind,
            phase=put.phase,
            clip_id=slot.clip_id,
            view_id=put.group.media[0].view_id,
            frame_hashes=frame_hashes(put.group.media[0]) if self._hash_frames else None,
            system=put.group.system,
            before_media=put.group.asks[0].before_media,
            asks=asks,
            action=taken.action.word if taken.action else None,
            drawn=taken.drawn,
            watched_share_modelled=None if share is None else round(share, 6),
            watched_s_modelled=seconds,
            feed_weight=weight,
            recommender=put.recommender,
            score=choice.score if choice else None,
            propensity=choice.propensity if choice else None,
            candidates=choice.candidates if choice else None,
            shortlist=choice.shortlist if choice else (),
            feed_state=state.feed_state,
        )
        self._move(agent, slot, taken.action, weight)
        return record

    def _act(self, agent: Agent, slot: Slot, fed: int, asked: AskRecord) -> Act:
        key = (self._design.episode.seed, agent.replicate, fed, slot.clip_id)
        return act_of(asked, self._design.act, *key)

    def _move(self, agent: Agent, slot: Slot, action: Action | None, weight: float | None) -> None:
        if slot.kind == "feed":
            self._shown[agent.name].append(slot.clip_id)
        self._states[agent] = after_slot(self._states[agent], slot, action, self._catalogue, weight)

    def _require_enough(self) -> None:
        slots = self._design.episode.feed_slots
        wanted = min(slots, self._design.episode.again_after or slots)
        fewest = min(len(self._catalogue) - barred.size for barred in self._barred.values())
        if wanted > fewest:
            raise FeedError(
                f"{wanted} feed slots need as many clips; the index has {len(self._catalogue)}, and {fewest} beside "
                "the probe clips of an episode: index more clips, take fewer --slots, or let episodes end early with "
                "--until-exhausted"
            )


def _merged(groups: Iterable[Group]) -> list[Group]:
    """Groups that show one clip under one system turn as one, each ask once: the picture is then read once."""
    merged: dict[tuple[str, str, str], Group] = {}
    for group in groups:
        place = (group.media[0].view_id, group.system, group.condition)
        known = merged.get(place)
        have = {ask.ask_id for ask in known.asks} if known else set()
        new = tuple(ask for ask in group.asks if ask.ask_id not in have)
        merged[place] = group if known is None else replace(known, asks=(*known.asks, *new))
    return list(merged.values())


def _why(store: AnswerStore, ask_ids: Collection[str]) -> str:
    """The first reason for which one of the asks failed."""
    rows = store.table().select(["ask_id", "error"]).to_pylist()
    told = [str(row["error"]) for row in rows if row["ask_id"] in ask_ids and row["error"]]
    return told[0] if told else "no reason was given"
