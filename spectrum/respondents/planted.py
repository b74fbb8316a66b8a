"""Planted respondents by name: what `planted:NAME?strength=2` means over a set of labelled clips."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import ConfigError, UnknownRespondentError
from spectrum.respondents.planted_choices import expected_acceptance, normal
from spectrum.respondents.planted_respondent import NEUTRAL, PlantedRespondent

__all__ = ["PlantedRespondent", "PlantedWorld", "expected_acceptance", "planted_from_name", "planted_names"]

_ALIASES = {
    "self-directed": "Self-Direction",
    "freethinker": "Self-Direction",
    "adventurer": "Stimulation",
    "thrill-seeker": "Stimulation",
    "hedonist": "Hedonism",
    "achiever": "Achievement",
    "striver": "Achievement",
    "ruler": "Power",
    "guardian": "Security",
    "conformist": "Conformity",
    "traditionalist": "Tradition",
    "helper": "Benevolence",
    "carer": "Benevolence",
    "universalist": "Universalism",
    "idealist": "Universalism",
}
_NUMBERS = {
    "base": 0.0,
    "strength": 4.0,
    "clip_sd": 0.0,
    "yes_bias": 0.0,
    "order_bias": 0.0,
    "wording_sd": 0.0,
    "clip_wording_sd": 0.0,
    "noise": 0.0,
    "refusal": 0.0,
    "seed": 0.0,
    "greedy": 0.0,
    "follow": 1.0,
}
_CHARACTERS: Mapping[str, Mapping[str, float]] = {
    "indifferent": {"strength": 0.0},
    "random": {"strength": 0.0, "base": 0.0},
    "always-yes": {"strength": 0.0, "yes_bias": 20.0},
    "always-no": {"strength": 0.0, "yes_bias": -20.0},
    "refuser": {"strength": 0.0, "refusal": 1.0},
    "follower": {},
    "norm": {},
    "ignorer": {},
}
_IGNORER_SD = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class PlantedWorld:
    """The clips that planted respondents know, as arrays: no clip is opened."""

    clip_ids: tuple[str, ...]
    labels: NDArray[np.float64]
    """Shape (clips, values): probabilities that a clip evokes a value; best from truth hidden from retrieval."""
    codes: tuple[str, ...]
    """Short names of the values ("HE")."""
    names: tuple[str, ...]
    """Names of the values ("Hedonism")."""
    targets: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Condition -> target profile, shape (values,), any unit; it is centred before use."""

    def __post_init__(self) -> None:
        shape = (len(self.clip_ids), len(self.codes))
        if self.labels.shape != shape or len(self.names) != len(self.codes):
            raise ValueError(f"labels have shape {self.labels.shape}, not {shape}: a row a clip, a column a value")
        if any(np.shape(target) != (len(self.codes),) for target in self.targets.values()):
            raise ValueError("a target profile needs one number a value")

    def acceptance(
        self, preference: NDArray[np.float64], base: NDArray[np.float64] | float, strength: float
    ) -> NDArray[np.float64]:
        """The clip rule: p = sigmoid(base + strength x labels @ (preference - its mean)), shape (clips,)."""
        logits = base + strength * (self.labels @ (preference - preference.mean()))
        accepted: NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * logits))
        return accepted


def planted_names(world: PlantedWorld | None = None) -> tuple[str, ...]:
    """Every name that can be planted, values last."""
    values = sorted(set(_ALIASES.values())) if world is None else list(world.names)
    return (*_CHARACTERS, *_ALIASES, *(name.lower() for name in values))


def planted_from_name(name: str, options: Mapping[str, str], world: PlantedWorld | None = None) -> PlantedRespondent:
    """The planted respondent of a spec `planted:NAME?option=number&...`.

    Names. A value, by name, code or alias ("hedonism", "HE", "hedonist"): prefers that value under every
    condition. `indifferent`: every clip alike. `random`: a fair coin. `always-yes`, `always-no`: whatever is
    asked, where yes can be said. `refuser`: refuses. `follower`: follows the target of the condition, and is
    indifferent where there is none. `norm`: under every condition with a target, the mean of all targets.
    `ignorer`: a keyed profile of its own under every condition.

    Options (logits unless said): `base` 0, `strength` 4 (of the clip rule, PlantedWorld.acceptance), `clip_sd`
    0 (a keyed liking of each clip, whatever its values), `yes_bias`, `order_bias`, `wording_sd`,
    `clip_wording_sd`, `noise` 0, `refusal` 0 (a share), `seed` 0, `greedy` 0 (1: the likeliest option), `follow` 1
    (of follower and norm: the share of the way from indifference to the target, from -1, the reverse, to 1).

    Raises UnknownRespondentError for a name, ConfigError for an option or a world that is missing.
    """
    word = name.strip().casefold()
    numbers = _numbers(name, options, _CHARACTERS.get(word, {}))
    tables: dict[str, dict[str, float]] = {}
    if world is not None:
        tables = _tables(word, name, numbers, world)
    elif word not in _CHARACTERS or word in ("follower", "norm", "ignorer"):
        if word not in planted_names():
            raise _unknown(name, None)
        raise ConfigError(f"planted:{name} answers from clips' labels, and there are none here: index clips first")
    query = "&".join(f"{key}={value}" for key, value in sorted(options.items()))
    try:
        return PlantedRespondent(
            f"planted:{name}" + (f"?{query}" if query else ""),
            tables,
            yes_bias=numbers["yes_bias"],
            order_bias=numbers["order_bias"],
            wording_sd=numbers["wording_sd"],
            clip_wording_sd=numbers["clip_wording_sd"],
            noise=numbers["noise"],
            refusal=numbers["refusal"],
            seed=int(numbers["seed"]),
            sample=not numbers["greedy"],
            elsewhere=None if tables else float(0.5 * (1.0 + np.tanh(0.5 * numbers["base"]))),
        )
    except ValueError as error:
        raise ConfigError(f"planted:{name}: {error}") from None


def _numbers(name: str, options: Mapping[str, str], character: Mapping[str, float]) -> dict[str, float]:
    unknown = sorted(set(options) - set(_NUMBERS))
    if unknown:
        raise ConfigError(f"planted:{name} has no option {unknown[0]!r}; it takes {', '.join(_NUMBERS)}")
    numbers = {**_NUMBERS, **character}
    for key, text in options.items():
        try:
            numbers[key] = float(text)
        except ValueError:
            raise ConfigError(f"planted:{name}: {key} must be a number, not {text!r}") from None
    return numbers


def _tables(word: str, name: str, numbers: Mapping[str, float], world: PlantedWorld) -> dict[str, dict[str, float]]:
    seed = int(numbers["seed"])
    liking = [numbers["clip_sd"] * normal("planted clip", seed, clip) for clip in world.clip_ids]

    def table(preference: NDArray[np.float64]) -> dict[str, float]:
        accepted = world.acceptance(preference, np.asarray(liking) + numbers["base"], numbers["strength"])
        return dict(zip(world.clip_ids, accepted.tolist(), strict=True))

    count = len(world.codes)
    if word in ("follower", "norm"):
        nobody = table(np.zeros(count))
        targets = {condition: np.asarray(target, float) for condition, target in world.targets.items()}
        if word == "norm" and targets:
            targets = {condition: np.mean(list(targets.values()), axis=0) for condition in targets}
        followed = {
            condition: _part_way(nobody, table(target), numbers["follow"]) for condition, target in targets.items()
        }
        return {NEUTRAL: nobody, **followed}
    if word == "ignorer":
        own = [_IGNORER_SD * normal("planted ignorer", seed, code) for code in world.codes]
        return {NEUTRAL: table(np.asarray(own))}
    if word in _CHARACTERS:
        return {NEUTRAL: table(np.zeros(count))}
    return {NEUTRAL: table(np.eye(count)[_value(word, name, world)])}


def _part_way(start: Mapping[str, float], end: Mapping[str, float], share: float) -> dict[str, float]:
    return {clip: start[clip] + share * (end[clip] - start[clip]) for clip in start}


def _value(word: str, name: str, world: PlantedWorld) -> int:
    wanted = _ALIASES.get(word, word).casefold()
    for known in (world.names, world.codes):
        places = [place for place, value in enumerate(known) if value.casefold() == wanted]
        if places:
            return places[0]
    raise _unknown(name, world)


def _unknown(name: str, world: PlantedWorld | None) -> UnknownRespondentError:
    return UnknownRespondentError(f"nothing is planted as {name!r}; known: {', '.join(planted_names(world))}")
