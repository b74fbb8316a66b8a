"""From an answer to an action: a keyed draw from the option probabilities, or the written word, never a guess."""

from dataclasses import dataclass
from typing import Literal

from agents.actions import Action, action_named, keyed_action
from agents.trace import AskRecord
from agents.watch import WatchModel
from spectrum.answers import ChoiceSpec, Outcome
from spectrum.respondents.base import Ask
from spectrum.runs.records import StoredAnswer
from video_index.keyed import Part

Drawn = Literal["sampled", "argmax", "written", "none"]


@dataclass(frozen=True, slots=True)
class Act:
    """What an agent did and where that came from."""

    action: Action | None
    drawn: Drawn


def act_of(asked: AskRecord, how: Literal["sample", "argmax"], *key: Part) -> Act:
    """The action taken; a refusal or an unreadable reply is none, whatever mass lies on the options."""
    if asked.outcome != str(Outcome.CHOICE) or asked.choice is None:
        return Act(None, "none")
    if asked.probabilities is None or not sum(asked.probabilities) > 0:
        return Act(action_named(asked.choice), "written")
    if how == "argmax":
        best = max(zip(asked.probabilities, asked.options, strict=True))
        return Act(action_named(best[1]), "argmax")
    return Act(action_named(keyed_action(asked.options, asked.probabilities, *key)), "sampled")


def interest(asked: AskRecord) -> float | None:
    """Expected acceptance by option probabilities, normalised over the options; None where there are none."""
    if asked.probabilities is None or not sum(asked.probabilities) > 0:
        return None
    weighed = sum(mass * accepted for mass, accepted in zip(asked.probabilities, asked.acceptance, strict=True))
    return weighed / sum(asked.probabilities)


def watched(model: WatchModel, action: Action, asked: AskRecord) -> float:
    """Modelled share of the clip watched, 0 to 1."""
    expected = interest(asked)
    return model.share(action, action.acceptance if expected is None else expected)


def answered_ask(ask: Ask, answer: StoredAnswer | None, named: tuple[str, str, str, str]) -> AskRecord:
    """The record of an ask; without an answer its outcome is "error"."""
    item, wording, block, form = named
    spec = ask.answer_spec
    choice = isinstance(spec, ChoiceSpec)
    return AskRecord(
        ask_id=ask.ask_id,
        item_id=item,
        wording=wording,
        block=block,
        form=form,
        prompt=ask.after_media,
        options=spec.options if isinstance(spec, ChoiceSpec) else (),
        acceptance=spec.acceptance if isinstance(spec, ChoiceSpec) else (),
        reply=answer.text if answer else "",
        outcome=answer.outcome if answer else str(Outcome.ERROR),
        choice=answer.choice if answer and choice else None,
        probabilities=answer.probabilities if answer else None,
        tokens_in=answer.tokens_in if answer else 0,
        tokens_out=answer.tokens_out if answer else 0,
        latency_s=answer.latency_s if answer else 0.0,
    )
