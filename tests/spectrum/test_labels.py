import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.errors import ConfigError
from spectrum.labels import (
    KeywordScores,
    combine_labels,
    keyword_scores,
    labels_from_retrieval,
    labels_from_scores,
    labels_from_sidecars,
)
from spectrum.values import SCHWARTZ
from tests.support.planted_clips import (
    DIMENSION,
    PHRASES,
    PlantedEmbedder,
    clip_id,
    planted_clip,
    planted_lexicon,
    planted_vector,
)

SHOWN = {
    "one": ("thing 2 1",),
    "two": ("thing 0 0", "thing 9 3"),
    "none": (),
}


def table_of(shown, **options):
    ids = [clip_id(name) for name in shown]
    vectors = np.stack([planted_vector(phrases, name) for name, phrases in shown.items()])
    return labels_from_retrieval(ids, vectors, planted_lexicon(), PlantedEmbedder(), **options)


def test_a_clip_evokes_what_it_shows_several_values_or_none():
    labels = table_of(SHOWN)
    rows = labels.rows()
    likely = {name: set(np.flatnonzero(labels.probabilities[rows[clip_id(name)]] > 0.9)) for name in SHOWN}
    assert likely == {"one": {2}, "two": {0, 9}, "none": set()}
    assert labels.probabilities[rows[clip_id("none")]].max() < 0.5
    assert set(labels.source) == {"retrieval"}


def scores_of(logits, values, neutral):
    columns = np.asarray([logits], dtype=np.float32)
    return KeywordScores(
        ("a",), tuple(f"p{n}" for n in range(len(logits))), np.asarray(values), columns, np.array([neutral])
    )


@pytest.mark.parametrize(
    ("neutral", "odds"),
    # The value's pool is 2. Plain things at .5 are the higher bar: 2 / .5; at .1 the other values are: 2 / .25.
    [(0.5, 4.0), (0.1, 8.0)],
)
def test_the_formula_by_hand(neutral, odds):
    logits = np.log([1.0, 3.0, *([0.25] * 18)])
    labels = labels_from_scores(scores_of(logits, np.repeat(np.arange(10), 2), np.log(neutral)))
    assert labels.scores[0, 0] == pytest.approx(np.log(odds), abs=1e-6)
    # A prior of .2 is odds of one to four.
    assert labels.probabilities[0, 0] == pytest.approx(odds / 4 / (1 + odds / 4), abs=1e-6)
    assert labels.probabilities[0, 1:].max() <= 0.2 + 1e-6
    even = labels_from_scores(scores_of(logits, np.repeat(np.arange(10), 2), np.log(neutral)), prior=0.5)
    assert even.probabilities[0, 0] == pytest.approx(odds / (1 + odds), abs=1e-6)


def test_what_fits_all_values_alike_evokes_none():
    labels = labels_from_scores(scores_of([25.0] * 10, range(10), 17.0))
    assert labels.probabilities == pytest.approx(np.full((1, 10), 0.2))


def test_a_value_gains_nothing_from_more_keywords_and_four_values_do_not_take_from_each_other():
    logits = [5.0] * 3 + [5.0] * 3 + [0.0] * 6
    labels = labels_from_scores(scores_of(logits, [0, 0, 0, 1, 2, 3, *range(4, 10)], 0.0))
    assert labels.scores[0] == pytest.approx([5.0] * 4 + [0.0] * 6)


@settings(max_examples=25, deadline=None)
@given(st.permutations(sorted(f"clip {n}" for n in range(9))))
def test_labels_do_not_depend_on_the_order_of_the_input(names):
    shown = {name: (PHRASES[int(name.split()[1])],) for name in names}
    ordered = {name: shown[name] for name in sorted(shown)}
    one, other = table_of(shown), table_of(ordered)
    assert one.clip_ids == other.clip_ids == tuple(sorted(one.clip_ids))
    assert one.fingerprint == other.fingerprint
    assert np.array_equal(one.scores, other.scores)


def test_a_clip_is_labelled_alike_in_small_and_large_company():
    names = {f"clip {n}": (PHRASES[n % len(PHRASES)],) for n in range(5000)}
    alone, among = table_of(dict(list(names.items())[:1])), table_of(names)
    row = among.rows()[clip_id("clip 0")]
    assert np.array_equal(alone.scores[0], among.scores[row])


def test_leaving_a_keyword_out_takes_its_clips_away_and_no_others():
    before, after = table_of(SHOWN), table_of(SHOWN, exclude=("thing 2 1",))
    rows = before.rows()
    assert after.probabilities[rows[clip_id("one")], 2] < 0.5
    assert np.array_equal(after.scores[:, [0, 9]], before.scores[:, [0, 9]])
    assert after.fingerprint != before.fingerprint


def test_leaving_out_an_unknown_keyword_or_all_of_a_value_is_an_error():
    with pytest.raises(ConfigError, match="no such keyword"):
        table_of(SHOWN, exclude=("a unicorn",))
    with pytest.raises(ConfigError, match=f"no keyword left for {SCHWARTZ.codes[2]}"):
        table_of(SHOWN, exclude=[phrase for phrase in PHRASES if phrase.startswith("thing 2 ")])


def test_an_index_of_another_dimension_is_an_error():
    with pytest.raises(ConfigError, match="vectors of 32 numbers"):
        keyword_scores(["a"], np.ones((1, 32), dtype=np.float32), planted_lexicon(), PlantedEmbedder())


def test_no_clips_give_an_empty_table():
    labels = labels_from_retrieval([], np.empty((0, DIMENSION), dtype=np.float32), planted_lexicon(), PlantedEmbedder())
    assert labels.probabilities.shape == (0, 10)


def test_sidecar_truth_is_zero_or_one_and_a_clip_may_evoke_none():
    clips = [
        planted_clip("b", extra={"values": "Benevolence; Hedonism"}),
        planted_clip("n", extra={"values": "none"}),
        planted_clip("e", extra={"values": ""}),
        planted_clip("u", extra={"title": "no truth here"}),
    ]
    labels = labels_from_sidecars(clips)
    assert set(labels.clip_ids) == {clip_id(name) for name in "bne"}
    evoked = {
        labels.clip_ids[row]: {SCHWARTZ.codes[value] for value in np.flatnonzero(labels.probabilities[row])}
        for row in range(3)
    }
    both = {SCHWARTZ.codes[SCHWARTZ.index(name)] for name in ("Benevolence", "Hedonism")}
    assert evoked == {clip_id("b"): both, clip_id("n"): set(), clip_id("e"): set()}
    assert set(np.unique(labels.probabilities)) == {0.0, 1.0}


def test_a_wrong_value_name_in_a_sidecar_names_the_file():
    with pytest.raises(ConfigError, match=r"/clips/x\.mp4.*Fun"):
        labels_from_sidecars([planted_clip("x", extra={"values": "Fun"})])


def test_in_a_mixture_truth_goes_first_and_the_source_is_kept_per_clip():
    truth = labels_from_sidecars([planted_clip("one", extra={"values": "Power"})])
    both = combine_labels(truth, table_of(SHOWN))
    rows = both.rows()
    assert both.clip_ids == tuple(sorted(rows))
    assert both.source[rows[clip_id("one")]] == "sidecar"
    assert both.source[rows[clip_id("two")]] == "retrieval"
    assert both.probabilities[rows[clip_id("one")]].sum() == 1.0
    assert both.probabilities[rows[clip_id("two")], 9] > 0.9
