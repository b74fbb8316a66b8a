"""What a browse run compares, and who walks: arms, replicates, and the words in which a design is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, get_args

from pydantic import JsonValue

from agents.actions import ACTIONS, Action
from agents.episode import EpisodeSpec
from agents.errors import DesignError
from agents.watch import WATCH_MODELS, WatchModel
from spectrum.prompts import NEUTRAL, Condition
from spectrum.runs.arm_name import TWIN, arm_name

FeedKind = Literal["adaptive", "random", "yoked"]
_FEEDS: Mapping[str, FeedKind] = {kind: kind for kind in get_args(FeedKind)}
WORDS: Mapping[str, tuple[str, ...]] = {
    "who": ("persona", NEUTRAL.name, TWIN, "reversed"),
    "feed": ("adaptive", "random", "yoked"),
    "memory": ("no-memory", "memory"),
    "probes": ("probes", "no-probes"),
}
"""The factors of a design and their levels; a factor that is left out has its first level only."""
DEFAULT_DESIGN = "persona,neutral,twin x adaptive"


@dataclass(frozen=True, slots=True)
class Arm:
    """One cell of a design."""

    who: str
    """The condition's name: a persona's id, "neutral", "twin", or a persona's id with "-reversed"."""
    condition: Condition
    feed: FeedKind
    source: str = ""
    """Yoked arms: whose adaptive feed is shown."""
    memory: bool = False
    probes: bool = True
    later: Condition | None = None
    """Reversed arms: the condition from half-time on."""

    @property
    def own_keys(self) -> bool:
        """Whether it draws by keys of its own: the twin, without which the noise floor would be zero."""
        return self.who == TWIN

    @property
    def name(self) -> str:
        """`adventurer@adaptive`, `neutral@yoked:adventurer+memory`: the arm in trace and tables."""
        return arm_name(self.who, self.feed, self.source, memory=self.memory, probes=self.probes)

    def source_arm(self) -> str:
        """Name of the arm whose feed a yoked arm is shown."""
        return replace(self, who=self.source, feed="adaptive", source="", later=None).name


@dataclass(frozen=True, slots=True)
class Agent:
    """One walker: an arm and a replicate."""

    arm: Arm
    pair: int
    """Number of the replicate, by which agents are compared."""
    replicate: int
    """Key of the replicate: the same for all arms of a pair but the twin's."""

    @property
    def name(self) -> str:
        """Arm and replicate, as the trace has it."""
        return f"{self.arm.name}/{self.pair}"


@dataclass(frozen=True, slots=True)
class BrowseDesign:
    """What is compared: every arm walks every replicate."""

    arms: tuple[Arm, ...]
    replicates: int
    episode: EpisodeSpec
    act: Literal["sample", "argmax"] = "sample"
    """"sample": a keyed draw from the option probabilities; "argmax": the likeliest option."""
    construct: str = "like"
    actions: tuple[Action, ...] = ACTIONS
    watch: WatchModel = WATCH_MODELS["by-action"]
    learn_from: Literal["action", "watch"] = "action"
    """What moves the feed: the action's weight, or 2 x the modelled share watched - 1."""

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if not names or len(set(names)) != len(names):
            raise DesignError(f"a design needs arms with names of their own, not {', '.join(names) or 'none'}")
        for arm in self.arms:
            if arm.feed == "yoked" and arm.source_arm() not in names:
                raise DesignError(f"the arm {arm.name} is shown the feed of {arm.source_arm()}, which is not walked")
        if any(arm.memory for arm in self.arms) and self.episode.memory_words < 1:
            raise DesignError("the design has an arm with memory; say how much: --memory WORDS")

    @property
    def agents(self) -> tuple[Agent, ...]:
        """Everybody who walks, replicate by replicate, arms in order."""
        return tuple(
            Agent(arm, pair, pair + self.replicates if arm.own_keys else pair)
            for pair in range(self.replicates)
            for arm in self.arms
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Distinct conditions, in the order of the arms."""
        found: dict[str, Condition] = {}
        for arm in self.arms:
            for condition in (arm.condition, arm.later):
                if condition is not None:
                    found.setdefault(condition.name, condition)
        return tuple(found.values())

    def spec(self, arm: Arm) -> EpisodeSpec:
        """The episode of an arm."""
        return self.episode if arm.probes else self.episode.without_probes()

    def condition_at(self, arm: Arm, slot: int) -> Condition:
        """The condition in force at a slot: a reversed arm changes at half-time."""
        if arm.later is not None and 2 * slot >= self.spec(arm).slots:
            return arm.later
        return arm.condition


def parse_design(text: str, personas: Sequence[Condition], opposites: Mapping[str, Condition]) -> tuple[Arm, ...]:
    """Arms from words: `persona,neutral,twin x adaptive,random,yoked`.

    Factors stand between " x ", levels between commas (see WORDS). `yoked` runs both ways: each persona is shown the
    neutral agent's feed, the neutral agent each persona's; the twin is shown the neutral agent's. Without a persona
    there is nothing to yoke to. `reversed` takes the opposite of each persona from half-time on (`opposites`, by the
    persona's name).

    Raises DesignError for an unknown word, a factor given twice, or an arm that lacks what it is compared with.
    """
    levels = _levels(text)
    arms: list[Arm] = []
    for who, feed, memory, probes in product(*levels.values()):
        for one in _walkers(who, personas, opposites):
            for source in _sources(one.who, personas) if feed == "yoked" else [""]:
                arms.append(
                    replace(
                        one,
                        feed=_FEEDS[feed],
                        source=source,
                        memory=memory == "memory",
                        probes=probes == "probes",
                    )
                )
    if not arms:
        raise DesignError(f"the design {text!r} has nobody to walk: name a --persona, or add neutral")
    return tuple(arms)


def _levels(text: str) -> dict[str, list[str]]:
    levels: dict[str, list[str]] = {}
    for part in text.split(" x "):
        words = [word.strip().casefold() for word in part.split(",") if word.strip()]
        factor = next((name for name, known in WORDS.items() if words and words[0] in known), None)
        unknown = [word for word in words if factor is None or word not in WORDS[factor]]
        if not words or unknown:
            known = "; ".join(", ".join(words) for words in WORDS.values())
            raise DesignError(f"the design has no word {(unknown or [part])[0]!r} there; factors are: {known}")
        if factor is None or factor in levels:
            raise DesignError(f"the design gives {words[0]!r} beside another list of the same factor; join them by ','")
        levels[factor] = list(dict.fromkeys(words))
    return {factor: levels.get(factor, [known[0]]) for factor, known in WORDS.items()}


def _walkers(who: str, personas: Sequence[Condition], opposites: Mapping[str, Condition]) -> list[Arm]:
    if who == NEUTRAL.name:
        return [Arm(NEUTRAL.name, NEUTRAL, "adaptive")]
    if who == TWIN:
        return [Arm(TWIN, Condition(TWIN), "adaptive")]
    if who == "persona":
        return [Arm(persona.name, persona, "adaptive") for persona in personas]
    missing = [persona.name for persona in personas if persona.name not in opposites]
    if missing:
        raise DesignError(f"the design reverses {missing[0]}, and no opposite is known for it; name one: --reverse-to")
    return [Arm(f"{persona.name}-reversed", persona, "adaptive", later=opposites[persona.name]) for persona in personas]


def _sources(who: str, personas: Sequence[Condition]) -> list[str]:
    """Whose feed a yoked agent is shown."""
    if who == NEUTRAL.name:
        return [persona.name for persona in personas]
    return [NEUTRAL.name]


def episode_of(config: Mapping[str, JsonValue], seed: int) -> EpisodeSpec:
    """The episode that `design_config` recorded; of phases it holds the names alone, so that there are none here."""
    again = config.get("again_after")
    return EpisodeSpec(
        slots=int(str(config["slots"])),
        probe_every=int(str(config["probe_every"])),
        seed=seed,
        again_after=None if again is None else int(str(again)),
    )


def design_config(design: BrowseDesign, feed: str) -> dict[str, JsonValue]:
    """The design as the manifest records it; `feed` names the adaptive recommender."""
    episode = design.episode
    return {
        "arms": [arm.name for arm in design.arms],
        "slots": episode.slots,
        "probe_every": episode.probe_every,
        "replicates": design.replicates,
        "act": design.act,
        "actions": [action.word for action in design.actions],
        "construct": design.construct,
        "feed": feed,
        "learn_from": design.learn_from,
        "watch_model": f"{design.watch.name}: {design.watch.text}",
        "memory_words": episode.memory_words,
        "again_after": episode.again_after,
        "phases": [phase.name for phase in episode.phases],
    }
