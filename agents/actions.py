"""What a viewer can do with a clip, how it is asked, and what the feed makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from agents.errors import DesignError
from spectrum.answers import ChoiceSpec
from spectrum.questions import Question
from video_index.keyed import Part, pick, shuffled

_BEFORE = "You are scrolling through a feed of short videos. This one comes up next:"
_AFTER = "What do you do now? Answer with one word: {words} or {last}."
LEAVE = "leave"


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
"""The default set."""

KNOWN: Mapping[str, Action] = MappingProxyType(
    {
        action.word: action
        for action in (
            *ACTIONS,
            Action("follow", acceptance=1.0, feed_weight=2.0, watched=1.0),
            # Leaving says that the session is over, not what the clip was worth.
            Action(LEAVE, acceptance=0.0, feed_weight=0.0, watched=0.0),
        )
    }
)


def parse_actions(text: str) -> tuple[Action, ...]:
    """An action set from words with commas between, in the order given.

    Raises DesignError for an unknown word, a word twice, or a set in which nothing can be accepted or refused.
    """
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in KNOWN]
    if unknown:
        raise DesignError(f"unknown action {unknown[0]!r}; a set is made of: {', '.join(KNOWN)}")
    if len(set(words)) != len(words):
        raise DesignError(f"the actions {text!r} name one twice")
    chosen = tuple(KNOWN[word] for word in words)
    if not (any(a.feed_weight > 0 for a in chosen) and any(a.feed_weight < 0 for a in chosen)):
        raise DesignError(f"the actions {text!r} must hold one that accepts a clip and skip, which does not")
    return chosen


def action_question(*key: Part, actions: Sequence[Action] = ACTIONS) -> Question:
    """The question that asks for an action, its words in an order that the key decides."""
    words = shuffled((action.word for action in actions), *key, "order")
    by_word = {action.word: action for action in actions}
    spec = ChoiceSpec(tuple(words), tuple(by_word[word].acceptance for word in words))
    text = _AFTER.format(words=", ".join(words[:-1]), last=words[-1])
    return Question(before_media=_BEFORE, after_media=text, answer_spec=spec, max_tokens=8)


def action_named(word: str) -> Action:
    """The action of that word. Raises KeyError for another word."""
    return KNOWN[word]


def keyed_action(options: Sequence[str], probabilities: Sequence[float], *key: Part) -> str:
    """An option drawn in proportion to its probability; the key decides, so a rerun draws the same.

    The draw runs through the options in alphabetical order: the order they were shown in then moves the
    probabilities only, and agents that share a key stay coupled.
    """
    paired = sorted(zip(options, probabilities, strict=True))
    return paired[pick([probability for _, probability in paired], *key, "act")][0]
