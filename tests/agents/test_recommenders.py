import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders import DrawKey, RandomFeed, RocchioFeed, Shown, choose, open_recommender

KEY = DrawKey(seed=1, replicate=0)


def catalogue(count: int = 12, dimensions: int = 4) -> Catalogue:
    rows = np.random.default_rng(0).normal(size=(count, dimensions))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = tuple(f"clip{index:03d}" for index in range(count))
    return Catalogue(ids, rows.astype(np.float32), np.eye(count, 10))


@pytest.mark.parametrize("name", ["random", "rocchio"])
def test_a_feed_never_shows_a_clip_twice_and_ends_when_all_were_shown(name: str) -> None:
    shelf, recommender, history = catalogue(), open_recommender(name), []
    while (found := choose(recommender, shelf, history, KEY)) is not None:
        assert found.candidates == 12 - len(history)
        history.append(Shown(found.row, 1.0 if found.row % 2 else -1.0))
    assert sorted(shown.row for shown in history) == list(range(12))


def test_rocchio_ranks_by_cosine_with_what_was_liked() -> None:
    shelf = catalogue()
    found = choose(RocchioFeed(), shelf, [Shown(3, 1.0)], KEY)
    cosines = shelf.vectors @ shelf.vectors[3]
    cosines[3] = -2
    assert found is not None and found.row == int(np.argmax(cosines)) and found.propensity == 1.0


def test_rocchio_with_only_skips_moves_away_from_them() -> None:
    shelf = catalogue()
    found = choose(RocchioFeed(), shelf, [Shown(3, -1.0)], KEY)
    cosines = shelf.vectors @ shelf.vectors[3]
    assert found is not None and found.row == int(np.argmin(cosines))


def test_rocchio_query_equals_the_formula_by_hand() -> None:
    shelf = catalogue()
    query = RocchioFeed(positive=2.0, negative=0.5, decay=0.5).query(
        shelf, [Shown(0, 1.0), Shown(1, -1.0), Shown(2, 0.3)]
    )
    liked = (0.25 * shelf.vectors[0] + 0.3 * shelf.vectors[2]) / 0.55
    assert query == pytest.approx(2.0 * liked - 0.5 * shelf.vectors[1], abs=1e-6)


def test_before_any_feedback_rocchio_is_the_random_feed_of_the_same_key() -> None:
    shelf = catalogue()
    for history in ([], [Shown(4, 0.0)]):
        cold, blind = choose(RocchioFeed(), shelf, history, KEY), choose(RandomFeed(), shelf, history, KEY)
        assert cold is not None and blind is not None and cold.row == blind.row
        assert cold.propensity == blind.propensity == 1 / (12 - len(history))


def test_equal_scores_are_broken_by_clip_id() -> None:
    shelf = Catalogue(("a", "b", "c"), np.array([[1, 0], [1, 0], [1, 0]], dtype=np.float32), np.zeros((3, 10)))
    found = choose(RocchioFeed(), shelf, [Shown(0, 1.0)], KEY)
    assert found is not None and shelf.clip_ids[found.row] == "b"


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_random_feed_depends_on_its_key_and_on_nothing_else(seed: int, replicate: int) -> None:
    key, shelf = DrawKey(seed, replicate), catalogue()
    first = choose(RandomFeed(), shelf, [Shown(5, 1.0)], key)
    second = choose(RandomFeed(), shelf, [Shown(5, -1.0)], key)
    assert first == second


def test_over_keys_the_random_feed_shows_each_clip_first_equally_often() -> None:
    shelf, recommender = catalogue(), RandomFeed()
    firsts = [choose(recommender, shelf, [], DrawKey(7, replicate)) for replicate in range(1200)]
    counts = np.bincount([found.row for found in firsts if found is not None], minlength=12)
    assert ((counts - 100) ** 2 / 100).sum() < 31.3  # chi-square, 11 df, p = .001


def test_an_unknown_feed_is_named_with_the_ones_there_are() -> None:
    with pytest.raises(FeedError, match="random, rocchio"):
        open_recommender("tiktok")
