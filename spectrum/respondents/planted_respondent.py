"""Respondents whose preferences are known because we planted them: the truth that estimates are held against."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec, ScaleSpec
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.planted_choices import choice_probabilities, logit, normal
from video_index.keyed import digest, integer, pick, uniform

NEUTRAL = "neutral"
BLANK = "blank"
"""The treatment of a view (spectrum.views) that leaves nothing to see: the one thing planted ones know of pictures."""

_REFUSALS = (
    "I'm sorry, I can't assist with that.",
    "I cannot answer that question.",
    "I'm sorry, but I can't help with this request.",
    "I'm unable to provide a response to that.",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One ask as the draws see it: everything that may move its answer."""

    key: tuple[str, ...]
    """Condition, clips, texts and ask_id: no two asks share it."""
    accept_logit: float


class PlantedRespondent:
    """Answers from a table of acceptance probabilities, by keyed draws. It never looks at a frame.

    An ask's acceptance logit is logit(p of the clip under the condition), plus a keyed normal effect of the
    wording (the exact text), of clip x wording, and of this ask alone (`noise`), each with its own SD. Option
    probabilities are planted_choices.choice_probabilities, times 1 - refusal: the rest is mass outside the
    options. The written answer is one keyed draw from them, or the likeliest option with `sample=False`;
    a keyed share `refusal` of asks is answered by a refusal instead. Nothing depends on batching or order.

    Of several clips, acceptance means preferring the first: its logit less the mean logit of the others.
    Without a clip, or with blank pictures, the logit is 0. A choice that need not be written gets its option
    probabilities only. Scales are drawn around low + p (high - low); JSON fields each by their own spec, from the
    same acceptance.
    """

    def __init__(
        self,
        name: str,
        clip_acceptance: Mapping[str, Mapping[str, float]],
        *,
        yes_bias: float = 0.0,
        order_bias: float = 0.0,
        wording_sd: float = 0.0,
        clip_wording_sd: float = 0.0,
        noise: float = 0.0,
        refusal: float = 0.0,
        seed: int = 0,
        sample: bool = True,
        elsewhere: float | None = None,
    ) -> None:
        """`clip_acceptance`: condition -> clip_id -> probability of accepting the clip.

        A condition without a table is answered as "neutral": a respondent that ignores it. `elsewhere` is the
        probability for clips in no table; None makes such an ask an error. Biases and SDs are in logits,
        `refusal` is a share. Raises ValueError for shares outside 0 to 1 and negative SDs.
        """
        shares = [refusal, *([] if elsewhere is None else [elsewhere])]
        shares += [share for table in clip_acceptance.values() for share in table.values()]
        if not all(0 <= share <= 1 for share in shares) or min(wording_sd, clip_wording_sd, noise) < 0:
            raise ValueError("planted probabilities lie between 0 and 1, and SDs are not negative")
        self._name = name
        self._tables = {condition: dict(table) for condition, table in clip_acceptance.items()}
        self._yes_bias = yes_bias
        self._order_bias = order_bias
        self._wording_sd = wording_sd
        self._clip_wording_sd = clip_wording_sd
        self._noise = noise
        self._refusal = refusal
        self._seed = seed
        self._sample = sample
        self._elsewhere = elsewhere
        self._fingerprint = self._digest()

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Hex digest of the tables, the biases, the spreads and the seed; the name is not in it."""
        return self._fingerprint

    @property
    def settings(self) -> dict[str, str]:
        """How the written answer comes from the probabilities."""
        return {"decoding": "sample" if self._sample else "greedy", "seed": str(self._seed)}

    @property
    def concurrency(self) -> int:
        """One group at a time: there is nothing to wait for."""
        return 1

    @property
    def scores_alone(self) -> bool:
        """It can give option probabilities without writing."""
        return True

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask; a clip in no table is every reply's error."""
        clips = [view.clip_id for view in group.media if view.treatment != BLANK]
        logits = [self._clip_logit(group.condition, clip) for clip in clips]
        unknown = [clip for clip, value in zip(clips, logits, strict=True) if value is None]
        if unknown:
            return [Reply(ask.ask_id, error=f"nothing is planted for clip {unknown[0]}") for ask in group.asks]
        preference = _preference([value for value in logits if value is not None])
        return [self._reply(group.condition, clips, preference, ask) for ask in group.asks]

    def close(self) -> None:
        """Nothing is held."""

    def _clip_logit(self, condition: str, clip: str) -> float | None:
        table = self._tables.get(condition, self._tables.get(NEUTRAL, {}))
        share = table.get(clip, self._elsewhere)
        return None if share is None else logit(share)

    def _reply(self, condition: str, clips: Sequence[str], preference: float, ask: Ask) -> Reply:
        wording = (ask.before_media, ask.after_media)
        media = "+".join(clips)
        key = (condition, media, *wording, ask.ask_id)
        accept = preference
        accept += self._effect(self._wording_sd, "wording", *wording)
        accept += self._effect(self._clip_wording_sd, "clip-wording", media, *wording)
        accept += self._effect(self._noise, "noise", *key)
        asked = _Asked(key, accept)
        probabilities = None
        if isinstance(ask.answer_spec, ChoiceSpec):
            probabilities = tuple((1 - self._refusal) * mass for mass in self._masses(asked, ask.answer_spec))
        if probabilities is not None and not ask.written:
            return Reply(ask.ask_id, probabilities=probabilities)
        if uniform("planted", self._seed, "refuses", *key) < self._refusal:
            text = _REFUSALS[integer(len(_REFUSALS), "planted", self._seed, "refusal", *key)]
        else:
            written = self._written(asked, ask.answer_spec, "answer")
            text = written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)
        return Reply(ask.ask_id, text=text, finish_reason="stop", probabilities=probabilities)

    def _effect(self, sd: float, *key: str) -> float:
        return sd * normal("planted", self._seed, *key) if sd else 0.0

    def _masses(self, asked: _Asked, spec: ChoiceSpec) -> tuple[float, ...]:
        return choice_probabilities(asked.accept_logit, spec, self._yes_bias, self._order_bias)

    def _written(self, asked: _Asked, spec: AnswerSpec, part: str) -> JsonValue:
        """What is written for a spec: text, a number, or an object of fields. `part` keys a field's draw."""
        if isinstance(spec, ChoiceSpec):
            masses = self._masses(asked, spec)
            if not self._sample:
                return spec.options[masses.index(max(masses))]
            return spec.options[pick(masses, "planted", self._seed, part, *asked.key)]
        if isinstance(spec, ScaleSpec):
            number = self._number(asked, spec, part)
            return str(number) if part == "answer" else number
        if isinstance(spec, FieldsSpec):
            return {name: self._written(asked, field, f"field {name}") for name, field in spec.fields}
        return "I would like to see more of this." if asked.accept_logit > 0 else "This is not for me."

    def _number(self, asked: _Asked, spec: ScaleSpec, part: str) -> int:
        """A binomial draw between low and high with mean low + p (high - low); its rounded mean when greedy."""
        steps = spec.high - spec.low
        share = 1 / (1 + math.exp(-asked.accept_logit))
        if not self._sample:
            return spec.low + round(steps * share)
        draws = (uniform("planted", self._seed, part, step, *asked.key) for step in range(steps))
        return spec.low + sum(draw < share for draw in draws)

    def _digest(self) -> str:
        numbers = (
            self._yes_bias, self._order_bias, self._wording_sd, self._clip_wording_sd, self._noise,
            self._refusal, self._elsewhere,
        )  # fmt: skip
        rows = [
            part
            for condition in sorted(self._tables)
            for clip, share in sorted(self._tables[condition].items())
            for part in (condition, clip, repr(float(share)))
        ]
        parts = [repr(None if number is None else float(number)) for number in numbers]
        return digest("planted", self._seed, int(self._sample), *parts, *rows).hex()


def _preference(logits: Sequence[float]) -> float:
    if len(logits) < 2:
        return sum(logits)
    others = logits[1:]
    return logits[0] - sum(others) / len(others)
