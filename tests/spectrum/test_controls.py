import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spectrum.controls import QUALITY, covariate_table, match_controls, quality_scores, standardised_differences
from spectrum.labels import LabelTable
from spectrum.value_sets import Member, ValueSet
from tests.support.planted_clips import clip_id, planted_clip
from video_index.clips import Covariates


def table_for(clips, evoking):
    """Labels of 1 on the first value for the named clips and .1 on everything else."""
    ids = tuple(sorted(clip.clip_id for clip in clips))
    evoked = {clip_id(name) for name in evoking}
    probabilities = np.full((len(ids), 10), 0.1)
    probabilities[[row for row, each in enumerate(ids) if each in evoked], 0] = 1.0
    return LabelTable(ids, probabilities, ("retrieval",) * len(ids), probabilities)


def set_of(code, names):
    return ValueSet(code, tuple(Member(clip_id(name), 1.0, 1.0, "") for name in names))


def measured(name, sharpness, *, platform="tiktok", duration=10.0, **more):
    return planted_clip(
        name, platform=platform, duration_s=duration, covariates=Covariates(sharpness=sharpness, **more)
    )


def confounded(seed=4, evoking=60, others=2000):
    """Clips of the set are brighter by 1 SD, sharper by 1 SD, shorter, and mostly from one platform."""
    rng = np.random.default_rng(seed)
    clips, names = [], []
    for n in range(evoking + others):
        shift = 1.0 if n < evoking else 0.0
        name = f"{'set' if n < evoking else 'other'} {n}"
        names.append(name)
        clips.append(
            planted_clip(
                name,
                platform="tiktok" if rng.random() < (0.8 if n < evoking else 0.4) else "youtube",
                duration_s=float(np.exp(rng.normal(2.5 - 0.5 * shift, 0.5))),
                covariates=Covariates(
                    sharpness=float(rng.normal(5 + shift, 1)),
                    brightness=float(np.clip(rng.normal(0.45 + 0.12 * shift, 0.12), 0, 1)),
                    text_area=float(rng.beta(1, 5)),
                ),
            )
        )
    return clips, [name for name in names if name.startswith("set")]


def differences(clips, value_set, controls):
    rows = standardised_differences(
        covariate_table(clips), {"SD": [member.clip_id for member in value_set.members]}, {"SD": controls}
    )
    return {row.covariate: row for row in rows}


def test_a_planted_confound_is_balanced_by_matching():
    clips, names = confounded()
    value_set = set_of("SD", names)
    everything_else = [clip.clip_id for clip in clips if clip.clip_id not in {clip_id(name) for name in names}]
    before = differences(clips, value_set, everything_else)
    (matched,) = match_controls(table_for(clips, names), covariate_table(clips), [value_set])
    after = differences(clips, value_set, [control for _, control in matched.pairs])
    assert len(matched.pairs) == len(names) and not matched.notes
    assert {name for name, row in before.items() if row.flagged} >= {"sharpness", "brightness", "log_duration"}
    assert before["sharpness"].difference > 0.8
    assert not any(row.flagged for row in after.values())
    assert after["platform=tiktok"].difference == 0.0


def test_further_rounds_balance_what_nearest_clips_leave():
    clips, names = confounded()
    labels, table, sets = table_for(clips, names), covariate_table(clips), [set_of("SD", names)]
    worst = []
    for rounds in (1, 8):
        (matched,) = match_controls(labels, table, sets, rounds=rounds)
        after = differences(clips, sets[0], [control for _, control in matched.pairs])
        worst.append(max(abs(row.difference) for row in after.values()))
    assert worst[0] > 0.15 > worst[1]


def test_controls_are_low_on_every_value_never_in_a_set_and_used_once_a_value():
    clips, names = confounded(others=80)
    labels = table_for(clips, names)
    high_elsewhere = labels.clip_ids.index(next(c.clip_id for c in clips if c.clip_id not in {*map(clip_id, names)}))
    labels.probabilities[high_elsewhere, 7] = 0.8
    sets = [set_of("SD", names[:30]), set_of("ST", names[30:])]
    matched = match_controls(labels, covariate_table(clips), sets)
    members = {clip_id(name) for name in names}
    for control_set in matched:
        controls = [control for _, control in control_set.pairs]
        assert len(set(controls)) == len(controls) == 30
        assert not members & set(controls)
        assert labels.clip_ids[high_elsewhere] not in controls


def test_the_assignment_is_optimal_where_greedy_is_not():
    # Nearest first would give 0 -> 1 and leave 2.2 with 9; the best total gives 0 -> -1.5 and 2.2 -> 1.
    clips = [measured("s0", 0.0), measured("s1", 2.2), measured("c1", 1.0), measured("c2", -1.5), measured("c3", 9.0)]
    value_set = set_of("SD", ["s0", "s1"])
    (matched,) = match_controls(table_for(clips, ["s0", "s1"]), covariate_table(clips), [value_set])
    assert dict(matched.pairs) == {clip_id("s0"): clip_id("c2"), clip_id("s1"): clip_id("c1")}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 10, allow_subnormal=False), min_size=1, max_size=5),
    st.lists(st.floats(0, 10, allow_subnormal=False), min_size=1, max_size=9),
)
def test_in_the_first_round_no_other_assignment_is_cheaper(ours, theirs):
    from itertools import permutations

    clips = [measured(f"s{n}", x) for n, x in enumerate(ours)] + [measured(f"c{n}", x) for n, x in enumerate(theirs)]
    value = {clip.clip_id: clip.covariates.sharpness for clip in clips}
    names = [f"s{n}" for n in range(len(ours))]
    (matched,) = match_controls(table_for(clips, names), covariate_table(clips), [set_of("SD", names)], rounds=1)
    assert len(matched.pairs) == min(len(ours), len(theirs))
    cost = sum(abs(value[one] - value[other]) for one, other in matched.pairs)
    few, many = sorted((ours, theirs), key=len)
    best = min(
        sum(abs(one - other) for one, other in zip(few, order, strict=True)) for order in permutations(many, len(few))
    )
    assert cost == pytest.approx(best, abs=1e-6)


def test_the_own_platform_goes_before_a_closer_clip_from_another():
    clips = [
        measured("s", 5.0),
        measured("near", 5.0, platform="youtube"),
        measured("far", 9.0),
    ]
    (matched,) = match_controls(table_for(clips, ["s"]), covariate_table(clips), [set_of("SD", ["s"])])
    assert matched.pairs == ((clip_id("s"), clip_id("far")),)
    (matched,) = match_controls(table_for(clips[:2], ["s"]), covariate_table(clips[:2]), [set_of("SD", ["s"])])
    assert matched.pairs == ((clip_id("s"), clip_id("near")),)


def test_too_few_controls_are_matched_and_said():
    clips, names = confounded(evoking=10, others=4)
    (matched,) = match_controls(table_for(clips, names), covariate_table(clips), [set_of("SD", names)])
    assert len(matched.pairs) == 4
    assert matched.notes == ("SD: 4 controls for 10 clips; only 4 clips are at or below 0.5 on every value.",)
    (matched,) = match_controls(table_for(clips[:10], names), covariate_table(clips[:10]), [set_of("SD", names)])
    assert matched.pairs == () and matched.notes


def test_fewer_controls_asked_for_are_a_keyed_sample_of_the_set():
    clips, names = confounded()
    labels, table, sets = table_for(clips, names), covariate_table(clips), [set_of("SD", names)]
    first, again, other = (
        match_controls(labels, table, sets, controls_per_value=20, seed=seed)[0] for seed in (0, 0, 1)
    )
    assert len(first.pairs) == 20 and first == again
    assert {one for one, _ in first.pairs} != {one for one, _ in other.pairs}


def test_matching_does_not_depend_on_the_order_of_clips():
    clips, names = confounded()
    one = match_controls(table_for(clips, names), covariate_table(clips), [set_of("SD", names)])
    backwards = covariate_table(clips[::-1])
    assert one == match_controls(table_for(clips[::-1], names), backwards, [set_of("SD", names)])


def test_standardised_difference_by_hand():
    clips = [measured(f"s{n}", x) for n, x in enumerate((4.0, 6.0))]
    clips += [measured(f"c{n}", x) for n, x in enumerate((1.0, 5.0))]
    found = differences(clips, set_of("SD", ["s0", "s1"]), [clip_id("c0"), clip_id("c1")])["sharpness"]
    # Means 5 and 3, sample variances 2 and 8: 2 / sqrt(5).
    assert (found.set_mean, found.control_mean) == (5.0, 3.0)
    assert found.difference == pytest.approx(2 / math.sqrt(5))
    assert found.flagged


def test_share_of_a_platform_by_hand():
    clips = [measured(f"s{n}", 1.0, platform="tiktok" if n < 3 else "youtube") for n in range(4)]
    clips += [measured(f"c{n}", 1.0, platform="tiktok" if n < 1 else "youtube") for n in range(4)]
    found = differences(clips, set_of("SD", [f"s{n}" for n in range(4)]), [clip_id(f"c{n}") for n in range(4)])
    # Shares .75 and .25, variances .1875 each.
    assert found["platform=tiktok"].difference == pytest.approx(0.5 / math.sqrt(0.1875))
    assert found["platform=youtube"].difference == pytest.approx(-0.5 / math.sqrt(0.1875))
    assert found["sharpness"].difference == 0.0 and not found["sharpness"].flagged


def test_two_constants_that_differ_are_infinitely_apart():
    clips = [measured(f"s{n}", 2.0) for n in range(3)] + [measured(f"c{n}", 1.0) for n in range(3)]
    found = differences(clips, set_of("SD", ["s0", "s1", "s2"]), [clip_id(f"c{n}") for n in range(3)])
    assert found["sharpness"].difference == math.inf and found["sharpness"].flagged


def test_what_nobody_measured_is_no_covariate_and_what_some_measured_is_matched_on():
    clips = [measured("s", 5.0, faces=2.0), measured("with", 5.0, faces=2.0), measured("without", 5.0)]
    table = covariate_table(clips)
    assert table.names == ("sharpness", "faces", "log_duration")
    (matched,) = match_controls(table_for(clips, ["s"]), table, [set_of("SD", ["s"])])
    assert matched.pairs == ((clip_id("s"), clip_id("with")),)


def test_clip_quality_can_be_matched_on():
    clips = [measured("s", 5.0), measured("good", 5.0), measured("bad", 5.0)]
    quality = {clip_id("s"): 6.0, clip_id("good"): 6.1, clip_id("bad"): 2.0}
    (matched,) = match_controls(table_for(clips, ["s"]), covariate_table(clips, quality=quality), [set_of("SD", ["s"])])
    assert matched.pairs == ((clip_id("s"), clip_id("good")),)


class Judge:
    """Knows good from bad along the first axis, and nothing else."""

    name, fingerprint, dimension, logit_scale = "judge", "j" * 32, 3, 10.0

    def images(self, frames: object) -> NDArray[np.float32]:
        raise AssertionError("nothing is embedded")

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert tuple(texts) == QUALITY
        return np.array([[1, 0, 0], [-1, 0, 0]], dtype=np.float32)


def test_quality_is_how_much_better_a_clip_fits_a_good_photo_than_a_bad_one() -> None:
    vectors = np.array([[1, 0, 0], [0, 1, 0], [-0.6, 0, 0.8]], dtype=np.float32)
    found = quality_scores(["a", "b", "c"], vectors, Judge())
    assert found == pytest.approx({"a": 20.0, "b": 0.0, "c": -12.0}, abs=1e-5)
