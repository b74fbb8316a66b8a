"""Recommenders by spec: `NAME?option=value&...`, the shipped ones and those of installed packages."""

import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from agents.errors import FeedError
from agents.recommenders.base import Recommender
from agents.recommenders.blind import FrozenFeed, PopularityFeed, RandomFeed
from agents.recommenders.mixed import EpsilonFeed, MmrFeed, PlantedBiasFeed
from agents.recommenders.qdrant import QdrantFeed
from agents.recommenders.rocchio import RocchioFeed
from spectrum.errors import ConfigError
from spectrum.values import SCHWARTZ

ENTRY_POINTS = "value_spectrum.recommenders"
"""Group of entry points through which an installed package adds a feed: a callable that takes its options as text."""


def _epsilon(epsilon: float = 0.1, base: str = "rocchio") -> EpsilonFeed:
    if base.startswith("epsilon"):
        raise FeedError("epsilon: its base cannot be epsilon again")
    return EpsilonFeed(epsilon, open_recommender(base))


def _mmr(relevance: float = 0.7, candidates: int = 200, window: int = 20) -> MmrFeed:
    return MmrFeed(relevance, candidates, window)


def _planted(value: str, log_odds: float = 1.0, from_slot: int = 0) -> PlantedBiasFeed:
    try:
        return PlantedBiasFeed(SCHWARTZ.codes[SCHWARTZ.index(value)], log_odds, from_slot)
    except ConfigError as error:
        raise FeedError(f"planted-bias: {error}") from None


RECOMMENDERS: Mapping[str, Callable[..., Recommender]] = MappingProxyType(
    {
        "random": RandomFeed,
        "popularity": PopularityFeed,
        "frozen": FrozenFeed,
        "rocchio": RocchioFeed,
        "qdrant": QdrantFeed,
        "mmr": _mmr,
        "epsilon": _epsilon,
        "planted-bias": _planted,
    }
)


def open_recommender(spec: str) -> Recommender:
    """The recommender of a spec such as `rocchio?decay=0.9` or `planted-bias?value=ST&log_odds=1`.

    Raises FeedError for an unknown name (listing those there are), an unknown option or a value that does not fit.
    """
    name, _, query = spec.strip().partition("?")
    point = next(iter(entry_points(group=ENTRY_POINTS, name=name)), None)
    make: Callable[..., Any] | None = RECOMMENDERS.get(name) or (point.load() if point is not None else None)
    if make is None:
        raise FeedError(f"unknown feed {name!r}; choose one of: {', '.join(recommender_names())}")
    try:
        options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}
    except ValueError:
        raise FeedError(f"{spec!r}: options are written ?name=value&name=value") from None
    made = _made(name, make, options, typed=name in RECOMMENDERS)
    if not isinstance(made, Recommender):
        raise FeedError(f"the feed {name} is no recommender: it lacks name or choose")
    return made


def recommender_names() -> tuple[str, ...]:
    """Every name that can be opened here."""
    return (*RECOMMENDERS, *(point.name for point in entry_points(group=ENTRY_POINTS)))


def _made(name: str, make: Callable[..., Any], options: dict[str, str], *, typed: bool) -> Any:
    parameters = inspect.signature(make).parameters
    known = [parameter for parameter in parameters if parameter != "self"]
    for option in options:
        if option not in known and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            raise FeedError(f"the feed {name} has no option {option!r}; it takes: {', '.join(known) or 'none'}")
    given: dict[str, Any] = dict(options)
    for option, text in options.items() if typed else ():
        kind = parameters[option].annotation
        try:
            given[option] = {int: int, float: float}.get(kind, str)(text)
        except ValueError:
            raise FeedError(f"the feed {name}: {option} must be a number, not {text!r}") from None
    missing = [p.name for p in parameters.values() if p.default is p.empty and p.name not in given]
    if missing and typed:
        raise FeedError(f"the feed {name} needs {missing[0]}: {name}?{missing[0]}=...")
    return make(**given)
