from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.errors import ConfigError
from spectrum.labels import combine_labels, keyword_scores, labels_from_scores, labels_from_sidecars
from spectrum.value_sets import build_value_sets, duplicate_groups, paper_sets
from spectrum.values import SCHWARTZ
from tests.support.planted_clips import (
    PlantedEmbedder,
    clip_id,
    planted_clip,
    planted_lexicon,
    planted_vector,
)


def labelled(shown, noise=0.05):
    """Labels, scores and aligned vectors of clips given as name -> phrases."""
    vectors = np.stack([planted_vector(phrases, name, noise) for name, phrases in shown.items()])
    ids = [clip_id(name) for name in shown]
    scores = keyword_scores(ids, vectors, planted_lexicon(), PlantedEmbedder())
    order = np.argsort(ids)
    return labels_from_scores(scores), scores, vectors[order]


def in_set(value_set):
    return [member.clip_id for member in value_set.members]


def test_planted_clips_come_back_in_their_sets_with_precision_one_and_their_keyword():
    shown = {
        f"v{value} k{keyword} n{n}": (f"thing {value} {keyword}",)
        for value in range(10)
        for keyword in range(4)
        for n in range(5)
    }
    shown.update({f"nothing {n}": () for n in range(50)})
    phrase = {clip_id(name): phrases[0] if phrases else "" for name, phrases in shown.items()}
    sets = build_value_sets(*labelled(shown), per_value=20)
    assert [value_set.code for value_set in sets] == list(SCHWARTZ.codes)
    for value, value_set in enumerate(sets):
        assert len(value_set.members) == 20 and not value_set.notes
        assert all(phrase[member.clip_id] == member.keyword for member in value_set.members)
        assert all(member.keyword.startswith(f"thing {value} ") for member in value_set.members)
        assert all(member.margin > 0 and member.score > 0.6 for member in value_set.members)


def test_keywords_take_turns_where_one_has_far_more_clips():
    shown = {f"many {n}": ("thing 3 0",) for n in range(60)}
    shown.update({f"few {n}": ("thing 3 2",) for n in range(5)})
    value_set = build_value_sets(*labelled(shown, noise=0.12), per_value=12)[3]
    counts = Counter(member.keyword for member in value_set.members)
    assert counts == {"thing 3 0": 7, "thing 3 2": 5}


def test_within_a_keyword_the_best_evidence_is_taken_first():
    shown = {f"clip {n}": ("thing 1 1",) for n in range(40)}
    labels, scores, vectors = labelled(shown, noise=0.15)
    value_set = build_value_sets(labels, scores, vectors, per_value=10)[1]
    evidence = [labels.scores[labels.rows()[member.clip_id], 1] for member in value_set.members]
    assert evidence == sorted(evidence, reverse=True)
    assert min(evidence) >= np.sort(labels.scores[:, 1])[-10]


def test_of_near_duplicates_the_best_stays():
    shown = {"a": ("thing 5 0",), "a again": ("thing 5 0",), "b": ("thing 5 1",)}
    labels, scores, vectors = labelled(shown, noise=0.1)
    rows = labels.rows()
    first, again = rows[clip_id("a")], rows[clip_id("a again")]
    vectors[again] = vectors[first] + 0.01
    vectors[again] /= np.linalg.norm(vectors[again])
    labels.scores[first, 5], labels.scores[again, 5] = 3.0, 4.0
    labels.probabilities[[first, again], 5] = 0.9
    value_set = build_value_sets(labels, scores, vectors)[5]
    assert set(in_set(value_set)) == {clip_id("a again"), clip_id("b")}
    assert "near-duplicate" in value_set.notes[0]
    everything = build_value_sets(labels, scores, vectors, near_duplicate=None)[5]
    assert set(in_set(everything)) == {clip_id(name) for name in shown}


def test_a_group_marked_in_the_index_gives_one_clip():
    shown = {f"clip {n}": ("thing 5 0",) for n in range(4)}
    labels, scores, vectors = labelled(shown, noise=0.1)
    groups = dict.fromkeys((clip_id("clip 0"), clip_id("clip 1"), clip_id("clip 2")), clip_id("clip 0"))
    value_set = build_value_sets(labels, scores, vectors, groups=groups)[5]
    assert len(value_set.members) == 2
    assert clip_id("clip 3") in in_set(value_set)


def test_duplicates_do_not_let_a_keyword_lose_its_turns():
    # The first keyword's best clips are one clip many times over: its further clips must still get their turns.
    shown = {f"same {n}": ("thing 0 0",) for n in range(30)}
    shown.update({f"other {n}": ("thing 0 0",) for n in range(10)})
    shown.update({f"second {n}": ("thing 0 1",) for n in range(30)})
    labels, scores, vectors = labelled(shown, noise=0.12)
    rows = labels.rows()
    same = [rows[clip_id(f"same {n}")] for n in range(30)]
    vectors[same] = vectors[same[0]]
    labels.scores[same, 0] += 50
    value_set = build_value_sets(labels, scores, vectors, per_value=16)[0]
    assert Counter(member.keyword for member in value_set.members) == {"thing 0 0": 8, "thing 0 1": 8}


def test_a_short_set_is_reported_short_and_never_padded():
    shown = {"only": ("thing 4 0",), **{f"nothing {n}": () for n in range(30)}}
    sets = build_value_sets(*labelled(shown), per_value=20)
    assert in_set(sets[4]) == [clip_id("only")]
    assert sets[4].notes[0].startswith(f"{SCHWARTZ.codes[4]}: 1 of 20 clips; 1 reach probability 0.6")
    assert sets[0].members == () and sets[0].notes[0].startswith(f"{SCHWARTZ.codes[0]}: 0 of 20")


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(12)))
def test_sets_do_not_depend_on_the_order_of_the_input(order):
    names = [f"clip {n}" for n in range(12)]
    shown = {names[n]: (f"thing {n % 3} {n % 4}",) for n in order}
    straight = {name: shown[name] for name in names}
    assert build_value_sets(*labelled(shown), per_value=3) == build_value_sets(*labelled(straight), per_value=3)


def test_ties_go_by_clip_id():
    shown = {f"clip {n}": ("thing 7 0",) for n in range(8)}
    labels, scores, vectors = labelled(shown, noise=0.1)
    labels.scores[:] = np.round(labels.scores[0], 3)
    labels.probabilities[:] = 0.0
    labels.probabilities[:, 7] = 0.9
    value_set = build_value_sets(labels, scores, vectors, per_value=4)[7]
    assert in_set(value_set) == sorted(clip_id(name) for name in shown)[:4]


def test_known_truth_gives_a_keyed_sample_with_score_one():
    clips = [planted_clip(f"clip {n}", extra={"values": "Power" if n % 2 else "none"}) for n in range(80)]
    labels = labels_from_sidecars(clips)
    names = {clip.clip_id: f"clip {n}" for n, clip in enumerate(clips)}
    vectors = np.stack([planted_vector((), names[clip_id], 0.5) for clip_id in labels.clip_ids])
    power = SCHWARTZ.index("Power")
    first, second = (build_value_sets(labels, None, vectors, per_value=10, seed=seed)[power] for seed in (0, 1))
    assert len(first.members) == len(second.members) == 10
    assert {(member.score, member.margin, member.keyword) for member in first.members} == {(1.0, 1.0, "")}
    assert all(int(names[member.clip_id].split()[1]) % 2 for member in first.members)
    assert in_set(first) != in_set(second) and in_set(first) != sorted(in_set(first))


def test_in_a_mixture_truth_goes_before_retrieval():
    shown = {f"clip {n}": ("thing 4 0",) for n in range(6)}
    labels, scores, vectors = labelled(shown, noise=0.15)
    truth = labels_from_sidecars([planted_clip("clip 5", extra={"values": SCHWARTZ.codes[4]})])
    value_set = build_value_sets(combine_labels(truth, labels), scores, vectors, per_value=3)[4]
    assert [member.keyword for member in value_set.members] == ["", "thing 4 0", "thing 4 0"]
    assert value_set.members[0].clip_id == clip_id("clip 5")


def test_retrieved_labels_without_keyword_scores_are_an_error():
    labels, _, vectors = labelled({"a": ("thing 0 0",)})
    with pytest.raises(ConfigError, match="keyword scores"):
        build_value_sets(labels, None, vectors)


def test_the_papers_rule_takes_the_top_five_of_each_keyword_whatever_the_score():
    shown = {f"v{value} n{n}": (f"thing {value} 0", f"thing {value} 1") for value in range(10) for n in range(5)}
    labels, scores, _ = labelled(shown)
    sets = paper_sets(labels, scores, keywords_per_value=2)
    for value, value_set in enumerate(sets):
        planted = {clip_id(f"v{value} n{n}") for n in range(5)}
        assert Counter(in_set(value_set)) == dict.fromkeys(planted, 2)
        assert [member.keyword for member in value_set.members] == [
            f"thing {value} {keyword}" for keyword in (0, 1) for _ in range(5)
        ]
    fours = paper_sets(labels, scores)
    assert all(len(value_set.members) == 20 for value_set in fours)
    assert fours[0].notes == (f"{SCHWARTZ.codes[0]}: 20 of 50 clips by the paper's rule",)


def test_chains_of_near_duplicates_are_one_group():
    chained = [
        planted_clip("a"),
        planted_clip("b", near_duplicate_of=clip_id("a")),
        planted_clip("c", near_duplicate_of=clip_id("b")),
        planted_clip("d"),
        planted_clip("e", near_duplicate_of="gone"),
    ]
    groups = duplicate_groups(chained)
    assert groups == {
        clip_id("a"): clip_id("a"),
        clip_id("b"): clip_id("a"),
        clip_id("c"): clip_id("a"),
        clip_id("d"): clip_id("d"),
        clip_id("e"): "gone",
    }
