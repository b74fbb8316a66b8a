import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders import (
    Choice,
    DrawKey,
    EpsilonFeed,
    FrozenFeed,
    MmrFeed,
    PlantedBiasFeed,
    PopularityFeed,
    QdrantFeed,
    RandomFeed,
    Request,
    RocchioFeed,
    Shown,
    choose_all,
    open_recommender,
)
from agents.recommenders.qdrant import best_score, squashed
from tests.support.browsing import make_world

KEY = DrawKey(seed=1, replicate=0)
SHIPPED = ("random", "popularity", "frozen?pool=5", "rocchio", "qdrant", "qdrant?strategy=average", "mmr?candidates=4",
           "epsilon?epsilon=0.5", "planted-bias?value=ST")  # fmt: skip
SHELF = make_world(clips=24, in_suite=10)[1]


def request(
    history: list[Shown], key: DrawKey = KEY, shelf: Catalogue = SHELF, barred: tuple[int, ...] = ()
) -> Request:
    closed = np.zeros(len(shelf), dtype=bool)
    closed[[shown.row for shown in history]] = True
    closed[list(barred)] = True
    return Request(tuple(history), key, closed)


def one(feed: object, history: list[Shown], shelf: Catalogue = SHELF, key: DrawKey = KEY) -> Choice | None:
    return choose_all(feed, shelf, [request(history, key, shelf)])[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", SHIPPED)
@pytest.mark.parametrize("liking", [(1.0, -1.0), (-1.0, -1.0), (0.0, 0.0)], ids=["mixed", "only skips", "nothing read"])
def test_a_feed_never_shows_a_clip_twice_and_ends_when_all_were_shown(spec: str, liking: tuple[float, float]) -> None:
    feed, history = open_recommender(spec), []
    while (found := one(feed, history)) is not None:
        assert found.candidates == 24 - len(history) and 0 < found.propensity <= 1
        history.append(Shown(SHELF.row_of[found.clip_id], liking[len(history) % 2]))
    assert sorted(shown.row for shown in history) == list(range(24))


@pytest.mark.parametrize("spec", SHIPPED)
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_a_choice_does_not_depend_on_who_else_asks(spec: str, data: st.DataObject) -> None:
    histories = data.draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, 23), st.sampled_from([1.0, 0.3, -1.0, 0.0])), unique_by=lambda p: p[0],
                     max_size=10),
            min_size=2, max_size=5,
        )
    )  # fmt: skip
    requests = [
        request([Shown(*pair) for pair in history], DrawKey(1, place % 2)) for place, history in enumerate(histories)
    ]
    together = choose_all(open_recommender(spec), SHELF, requests)
    alone = [choose_all(open_recommender(spec), SHELF, [each])[0] for each in requests]
    assert together == alone
    assert together == choose_all(open_recommender(spec), SHELF, requests)


def test_rocchio_ranks_by_cosine_with_what_was_liked_and_away_from_what_was_skipped() -> None:
    cosines = SHELF.vectors @ SHELF.vectors[3]
    cosines[3] = np.nan
    liked, skipped = one(RocchioFeed(), [Shown(3, 1.0)]), one(RocchioFeed(), [Shown(3, -1.0)])
    assert liked is not None and SHELF.row_of[liked.clip_id] == int(np.nanargmax(cosines)) and liked.propensity == 1.0
    assert skipped is not None and SHELF.row_of[skipped.clip_id] == int(np.nanargmin(cosines))
    assert [score for _, score in liked.shortlist] == sorted((s for _, s in liked.shortlist), reverse=True)


def test_rocchio_query_equals_the_formula_by_hand() -> None:
    query = RocchioFeed(positive=2.0, negative=0.5, decay=0.5).query(
        SHELF, [Shown(0, 1.0), Shown(1, -1.0), Shown(2, 0.3)]
    )
    liked = (0.25 * SHELF.vectors[0] + 0.3 * SHELF.vectors[2]) / 0.55
    assert query == pytest.approx(2.0 * liked - 0.5 * SHELF.vectors[1], abs=1e-6)


def test_before_any_feedback_an_adaptive_feed_is_the_random_feed_of_the_same_key() -> None:
    for spec in ("rocchio", "qdrant", "qdrant?strategy=average", "mmr", "epsilon"):
        for history in ([], [Shown(4, 0.0)]):
            cold, blind = one(open_recommender(spec), history), one(RandomFeed(), history)
            assert cold is not None and blind is not None
            assert (cold.clip_id, cold.propensity) == (blind.clip_id, pytest.approx(blind.propensity)), spec


def test_equal_scores_are_broken_by_clip_id() -> None:
    shelf = Catalogue(("a", "b", "c"), np.array([[1, 0], [1, 0], [1, 0]], dtype=np.float32), np.zeros((3, 10)))
    for feed in (RocchioFeed(), QdrantFeed("best_score"), QdrantFeed("average"), MmrFeed()):
        found = one(feed, [Shown(0, 1.0)], shelf)
        assert found is not None and found.clip_id == "b"


@given(st.integers(0, 50), st.integers(0, 50))
@settings(deadline=None)
def test_the_random_feed_depends_on_its_key_and_on_nothing_else(seed: int, replicate: int) -> None:
    key = DrawKey(seed, replicate)
    assert one(RandomFeed(), [Shown(5, 1.0)], key=key) == one(RandomFeed(), [Shown(5, -1.0)], key=key)


def test_over_keys_the_random_feed_shows_each_clip_first_equally_often() -> None:
    firsts = [one(RandomFeed(), [], key=DrawKey(7, replicate)) for replicate in range(2400)]
    counts = np.bincount([SHELF.row_of[found.clip_id] for found in firsts if found], minlength=24)
    assert ((counts - 100) ** 2 / 100).sum() < 49.7  # chi-square, 23 df, p = .001


def test_popularity_goes_down_the_ranks_and_says_when_there_are_none() -> None:
    assert SHELF.popularity is not None
    first, second = one(PopularityFeed(), []), None
    assert first is not None and SHELF.row_of[first.clip_id] == int(np.argmax(SHELF.popularity))
    second = one(PopularityFeed(), [Shown(SHELF.row_of[first.clip_id], 1.0)])
    assert second is not None and SHELF.row_of[second.clip_id] == int(np.argsort(-SHELF.popularity)[1])
    with pytest.raises(FeedError, match="views, likes or popularity"):
        one(PopularityFeed(), [], Catalogue(SHELF.clip_ids, SHELF.vectors, SHELF.labels))


def test_a_frozen_feed_stays_in_its_pool_and_does_not_learn() -> None:
    pools = []
    for weight in (1.0, -1.0):
        feed, history = FrozenFeed(pool=6), []
        for _ in range(6):
            found = one(feed, history)
            assert found is not None and found.propensity == pytest.approx(1 / (6 - len(history)))
            history.append(Shown(SHELF.row_of[found.clip_id], weight))
        pools.append([shown.row for shown in history])
    assert pools[0] == pools[1]


def test_mmr_with_relevance_one_is_its_base_and_with_zero_takes_what_is_least_alike() -> None:
    history = [Shown(3, 1.0)]
    base, same = one(RocchioFeed(), history), one(MmrFeed(relevance=1.0), history)
    assert base is not None and same is not None and base.clip_id == same.clip_id
    other = one(MmrFeed(relevance=0.0), history)
    cosines = SHELF.vectors @ SHELF.vectors[3]
    assert other is not None and SHELF.row_of[other.clip_id] == int(np.argmin(cosines))


def test_epsilon_explores_as_often_as_it_says_and_logs_its_propensity() -> None:
    history = [Shown(3, 1.0)]
    greedy = one(RocchioFeed(), history)
    assert greedy is not None
    chosen = [one(EpsilonFeed(0.3), history, key=DrawKey(0, replicate)) for replicate in range(2000)]
    share = np.mean([found.clip_id == greedy.clip_id for found in chosen if found])
    assert share == pytest.approx(0.7 + 0.3 / 23, abs=0.035)
    for found in chosen[:50]:
        assert found is not None
        expected = 0.3 / 23 + (0.7 if found.clip_id == greedy.clip_id else 0.0)
        assert found.propensity == pytest.approx(expected)


def test_the_planted_bias_has_the_odds_that_were_planted() -> None:
    _, shelf = make_world(clips=40, in_suite=10)
    wanted = shelf.labels[:, 1] == 1
    feed = PlantedBiasFeed("ST", log_odds=1.0)
    firsts = [one(feed, [], shelf, DrawKey(3, replicate)) for replicate in range(3000)]
    share = np.mean([wanted[shelf.row_of[found.clip_id]] for found in firsts if found])
    odds = np.e * wanted.sum() / (np.e * wanted.sum() + (~wanted).sum())
    assert share == pytest.approx(odds, abs=0.03)
    assert sum({found.clip_id: found.propensity for found in firsts if found}.values()) == pytest.approx(1.0)


def test_the_planted_bias_begins_where_it_is_told() -> None:
    late = PlantedBiasFeed("ST", 50.0, from_slot=2)
    assert one(late, [Shown(0, 0.0)]) == one(RandomFeed(), [Shown(0, 0.0)])
    found = one(late, [Shown(0, 0.0), Shown(2, 0.0)])
    assert found is not None and SHELF.labels[SHELF.row_of[found.clip_id], 1] == 1


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_best_score_is_qdrants_formula(liked: float, skipped: float) -> None:
    def fast(x: float) -> float:
        return 0.5 * (x / (1 + abs(x)) + 1)

    expected = fast(liked) if liked > skipped else -fast(skipped)
    assert best_score(np.array([liked]), np.array([skipped]))[0] == pytest.approx(expected)
    assert squashed(np.array([-np.inf]))[0] == -np.inf


@pytest.mark.parametrize("spec", ["tiktok", "rocchio?speed=1", "rocchio?decay=fast", "rocchio?decay=2", "planted-bias",
                                  "planted-bias?value=speed", "qdrant?strategy=worst", "mmr?relevance=3",
                                  "epsilon?base=epsilon", "frozen?pool=0", "rocchio?decay"])  # fmt: skip
def test_a_wrong_spec_is_one_line(spec: str) -> None:
    with pytest.raises(FeedError) as told:
        open_recommender(spec)
    assert "\n" not in str(told.value)


def test_an_unknown_feed_is_named_with_the_ones_there_are() -> None:
    with pytest.raises(FeedError, match="random, popularity, frozen, rocchio, qdrant, mmr, epsilon, planted-bias"):
        open_recommender("tiktok")


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_what_the_best_score_feed_remembers_changes_no_choice(data: st.DataObject) -> None:
    """Agents share beginnings, stand still where a reply was unreadable, and come back."""
    feed, histories = QdrantFeed(), [[Shown(0, 1.0)] for _ in range(3)]
    for _ in range(4):
        asked = [request(history) for history in histories]
        assert choose_all(feed, SHELF, asked) == choose_all(QdrantFeed(), SHELF, asked)
        for history in histories:
            seen = {shown.row for shown in history}
            row = min(row for row in range(24) if row not in seen)
            history.append(Shown(row, data.draw(st.sampled_from([1.0, -1.0, 0.0]))))
