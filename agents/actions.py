"""What a viewer can do with a clip, how it is asked, and what the feed makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.answers import ChoiceSpec
from spectrum.questions import Question
from video_index.keyed import pick, shuffled

_BEFORE = "You are scrolling through a feed of short videos. This one comes up next:"
_AFTER = "What do you do now? Answer with one word: {first}, {second} or {third}."


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a viewer can do."""

    word: str
    acceptance: float
    """How far it accepts the clip, 0 to 1."""
    feed_weight: float
    """What the feed learns: above 0 for more of the kind, below 0 for less."""
    watched: float
    """Share of the clip watched. A declared model of ours, never an observation: a VLM does not sit through time."""


ACTIONS: tuple[Action, ...] = (
    Action("like", acceptance=1.0, feed_weight=1.0, watched=1.0),
    Action("watch", acceptance=0.5, feed_weight=0.3, watched=0.7),
    Action("skip", acceptance=0.0, feed_weight=-1.0, watched=0.1),
)


def action_question(*key: str | int) -> Question:
    """The question that asks for an action, its three words in an order that the key decides."""
    words = shuffled((action.word for action in ACTIONS), *key, "order")
    by_word = {action.word: action for action in ACTIONS}
    spec = ChoiceSpec(tuple(words), tuple(by_word[word].acceptance for word in words))
    text = _AFTER.format(first=words[0], second=words[1], third=words[2])
    return Question(before_media=_BEFORE, after_media=text, answer_spec=spec, max_tokens=8)


def action_named(word: str) -> Action:
    """The action of that word. Raises KeyError for another word."""
    return {action.word: action for action in ACTIONS}[word]


def keyed_action(options: Sequence[str], probabilities: Sequence[float], *key: str | int) -> str:
    """An option drawn in proportion to its probability; the key decides, so a rerun draws the same.

    The draw runs through the options in alphabetical order: the order they were shown in then moves the
    probabilities only, and agents that share a key stay coupled.
    """
    paired = sorted(zip(options, probabilities, strict=True))
    return paired[pick([probability for _, probability in paired], *key, "act")][0]
