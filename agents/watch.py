"""Watch time: a declared model of interest. A VLM does not sit through time, so this is never an observation."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agents.actions import Action
from agents.errors import DesignError


@dataclass(frozen=True, slots=True)
class WatchModel:
    """How the share of a clip that counts as watched follows from what the agent answered."""

    name: str
    text: str
    """The model in words, for the report."""
    share: Callable[[Action, float], float]
    """(action, interest) -> share of the clip, 0 to 1. Interest is the acceptance expected from the option
    probabilities, or the action's own where there are none."""


def _by_interest(action: Action, interest: float) -> float:
    if action.watched == 0:
        return 0.0
    return 1.0 / (1.0 + math.exp(-6.0 * (interest - 0.5)))


WATCH_MODELS: Mapping[str, WatchModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            WatchModel(
                "by-action",
                "a liked or followed clip counts as watched whole, a watched one as .7, a skipped one as .1",
                lambda action, interest: action.watched,
            ),
            WatchModel(
                "by-interest",
                "share watched = 1 / (1 + exp(-6 (interest - .5))), interest being the expected acceptance",
                _by_interest,
            ),
        )
    }
)


def watch_model(name: str) -> WatchModel:
    """The watch model of that name. Raises DesignError, listing the names."""
    if name not in WATCH_MODELS:
        raise DesignError(f"unknown watch model {name!r}; choose one of: {', '.join(WATCH_MODELS)}")
    return WATCH_MODELS[name]
