from collections.abc import Sequence
from importlib.metadata import EntryPoint

import pytest

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders import Choice, Request, registry
from agents.recommenders.base import choose_all
from tests.agents.recommenders.test_feeds import SHELF, Shown, request


class Alphabetical:
    """A user's feed: the first open clip; `step` skips some."""

    def __init__(self, step: str = "1") -> None:
        self.name = f"alphabetical({step})"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        return [Choice(catalogue.clip_ids[int((~each.closed).argmax())], 0.0, 1.0, 1) for each in requests]


class Broken:
    name = "broken"

    def __init__(self, clip_id: str = "", propensity: float = 1.0, fails: bool = False, times: int = 1) -> None:
        self.made = (clip_id, propensity, fails, times)

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        clip_id, propensity, fails, times = self.made
        if fails:
            raise ZeroDivisionError("a user's\nmistake")
        return [Choice(clip_id, 0.0, propensity, 1) for _ in range(times * len(requests))]


def test_an_installed_package_adds_a_feed_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("alphabetical", f"{__name__}:Alphabetical", registry.ENTRY_POINTS)
    monkeypatch.setattr(
        registry, "entry_points", lambda group, name=None: [point] if name in (None, point.name) else []
    )
    feed = registry.open_recommender("alphabetical?step=2")
    assert feed.name == "alphabetical(2)" and "alphabetical" in registry.recommender_names()
    assert choose_all(feed, SHELF, [request([Shown(0, 1.0)])])[0].clip_id == SHELF.clip_ids[1]  # type: ignore[union-attr]
    with pytest.raises(FeedError, match="no option 'speed'; it takes: step"):
        registry.open_recommender("alphabetical?speed=2")


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (Broken("no such clip"), "'no such clip', which is not in the index"),
        (Broken(SHELF.clip_ids[3]), "was shown already"),
        (Broken(SHELF.clip_ids[5]), "probe clip of this episode"),
        (Broken(SHELF.clip_ids[7], propensity=0.0), "propensity"),
        (Broken(SHELF.clip_ids[7], times=2), "2 clips to 1 agents"),
        (Broken(fails=True), "raised ZeroDivisionError: a user's mistake"),
    ],
)
def test_a_feed_that_breaks_its_rules_is_told_in_one_line(feed: Broken, said: str) -> None:
    with pytest.raises(FeedError) as told:
        choose_all(feed, SHELF, [request([Shown(3, 1.0)], barred=(5,))])
    assert said in str(told.value) and "\n" not in str(told.value) and "broken" in str(told.value)


def test_a_feed_without_candidates_is_not_even_asked() -> None:
    everything = request([Shown(row, 1.0) for row in range(24)])
    assert choose_all(Broken(fails=True), SHELF, [everything]) == [None]
