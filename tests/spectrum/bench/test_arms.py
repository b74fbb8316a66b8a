from collections import Counter

import pytest

from spectrum.bench.arms import Arm, Ladder, exchanged, first_of_each, parse_rungs, treatment
from spectrum.bench.choose import in_keyed_order
from spectrum.errors import ConfigError
from tests.support.benches import make_suite

MEMBERS = in_keyed_order(make_suite(per_value=6, controls=12).clips, 0)


def test_rungs_are_named_in_any_order_and_kept_in_the_ladders() -> None:
    assert parse_rungs("caption, blank") == (Arm.BLANK, Arm.CAPTION)
    for text in ("", "blank,nonsense", "describe", "intact"):
        with pytest.raises(ConfigError, match="no rung of the null ladder"):
            parse_rungs(text)


def test_a_ladder_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1 clip"):
        Ladder(clips_a_value=0)
    for rungs in ((), (Arm.INTACT,), (Arm.BLANK, Arm.BLANK)):
        with pytest.raises(ConfigError, match="each once"):
            Ladder(rungs)
    assert (Ladder(clips_a_value=9).clips_of(Arm.BLANK), Ladder(clips_a_value=9).clips_of(Arm.PERMUTED)) == (9, 5)


def test_the_first_of_each_value_is_a_longer_subset_s_beginning() -> None:
    few, more = first_of_each(MEMBERS, 2, controls=False), first_of_each(MEMBERS, 4, controls=False)
    assert set(few) < set(more)
    counts = Counter(code for row in few for code in MEMBERS[row].value_sets)
    assert set(counts.values()) == {2} and len(counts) == 10
    assert not any(MEMBERS[row].control_for for row in few)
    assert sum(bool(MEMBERS[row].control_for) for row in first_of_each(MEMBERS, 2, controls=True)) == 2
    assert first_of_each(MEMBERS, 0, controls=True) == []


def test_pictures_are_exchanged_so_that_no_clip_keeps_its_own_and_each_is_shown_once() -> None:
    rows = first_of_each(MEMBERS, 3, controls=False)
    swapped = exchanged(MEMBERS, rows, seed=0)
    assert set(swapped) == set(swapped.values()) == set(rows)
    assert all(row != other for row, other in swapped.items())
    assert swapped != exchanged(MEMBERS, rows, seed=1)
    assert exchanged(MEMBERS, rows[:1], seed=0) == {}


def test_treatments_tell_arms_apart() -> None:
    found = [treatment(arm, "clip", "question") for arm in (Arm.BLANK, Arm.PERMUTED, Arm.MASKED, Arm.CAPTION)]
    assert len(set(found)) == 4 and all(found)
    assert treatment(Arm.INTACT, "clip") == treatment(Arm.DESCRIBE, "clip") == ""
    assert treatment(Arm.PERMUTED, "other") != treatment(Arm.PERMUTED, "clip")
