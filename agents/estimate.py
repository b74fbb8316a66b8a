"""What a browsing design would ask at most, before a model is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.actions import action_question
from agents.designs import BrowseDesign
from agents.probes import ProbePlan, plan_probes
from spectrum.bench.choose import few_clips
from spectrum.bench.planned import Estimate
from spectrum.bench.tokens import picture_tokens, pictures_shown, word_tokens
from spectrum.prompts import render
from spectrum.questions import QuestionBank
from spectrum.suite import Suite
from video_index.clips import Clip

_TOKENS_A_WORD = 1.4


@dataclass(frozen=True, slots=True)
class _Unopened:
    """Stands in for a respondent that nothing is asked of."""

    fingerprint: str = "dry-run"
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrowsePlan:
    """A design with its probes, and the clips that its feeds draw from."""

    design: BrowseDesign
    suite: Suite
    probes: ProbePlan
    stock: Sequence[Clip]

    @property
    def forewarning(self) -> str | None:
        """Why the probes will give no profile, whatever is answered; None where they may, or where there are none."""
        probed = {clip for clips in self.probes.clips.values() for clip in clips}
        members = [member for member in self.suite.clips if member.clip.clip_id in probed]
        return few_clips(members, len(self.suite.codes)) if members else None

    @property
    def feed_slots(self) -> int:
        """Slots of all agents in which the feed shows a clip."""
        return sum(self.design.spec(agent.arm).feed_slots for agent in self.design.agents)

    def estimate(self) -> Estimate:
        """At most: an ask that two agents share is put once, and an agent may leave. Feed clips are taken as the mean
        of the index."""
        slots = self.feed_slots
        shown = sum(pictures_shown(clip, self.suite.view) for clip in self.stock) / len(self.stock)
        seen = sum(
            pictures_shown(clip, self.suite.view) * picture_tokens(clip, self.suite.view) for clip in self.stock
        ) / len(self.stock)
        question = action_question(self.design.episode.seed, actions=self.design.actions)
        words = recalled = 0.0
        for agent in self.design.agents:
            spec = self.design.spec(agent.arm)
            words += spec.feed_slots * word_tokens(render(question, agent.arm.condition))
            recalled += spec.slots * spec.memory_words * _TOKENS_A_WORD if agent.arm.memory else 0.0
        groups, asks, pictures = slots, slots, slots * shown
        sent, written = slots * seen + words + recalled, slots * question.max_tokens
        for replicate, (plan, without_memory) in zip(self._probed(), self.probes.plans, strict=True):
            remembering = [agent for agent in self.design.agents if agent.replicate == replicate and agent.arm.memory]
            pairs = len(without_memory) + sum(
                self.design.spec(agent.arm).probes for agent in remembering if agent.arm.probes
            )
            one = plan.estimate()
            share = pairs / (len(plan.members) * len(plan.conditions))
            groups += pairs
            asks += round(one.asks * share)
            pictures += one.pictures * share
            sent += one.tokens_in * share
            written += round(one.tokens_out * share)
        return Estimate(len(self.stock), groups, asks, round(pictures), round(sent), written)

    def _probed(self) -> list[int]:
        return [replicate for replicate, clips in self.probes.clips.items() if clips]


def plan_browse(suite: Suite, bank: QuestionBank, design: BrowseDesign, stock: Sequence[Clip]) -> BrowsePlan:
    """The plan of a design. Raises FeedError where the suite holds too few clips to probe."""
    return BrowsePlan(design, suite, plan_probes(suite, bank, _Unopened(), design), stock)
