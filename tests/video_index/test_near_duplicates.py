"""Marks of near-duplicates depend on the set of clips alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.indexes import unit_rows
from video_index import near_duplicates
from video_index.near_duplicates import near_duplicate_marks


def at(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane; cos 18 degrees is .951, cos 19 degrees .946."""
    angles = np.radians(np.array(degrees, dtype=np.float64))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def literal(ids: list[str], vectors: np.ndarray, cosine: float) -> dict[str, str]:
    """The rule of the docstring, word for word."""
    kept: list[int] = []
    marks = {}
    for here in range(len(ids)):
        near = [other for other in kept if float(vectors[here] @ vectors[other]) > cosine]
        if near:
            marks[ids[here]] = ids[near[0]]
        else:
            kept.append(here)
    return marks


def test_a_chain_keeps_the_clip_that_is_far_from_the_first():
    assert near_duplicate_marks(["a", "b", "c"], at(0, 15, 30)) == {"b": "a"}


def test_the_bound_is_a_cosine_of_95_hundredths():
    assert near_duplicate_marks(["a", "b"], at(0, 18)) == {"b": "a"}
    assert near_duplicate_marks(["a", "b"], at(0, 19)) == {}
    assert near_duplicate_marks([], np.empty((0, 2), np.float32)) == {}


def test_the_first_unmarked_clip_stands_for_all_of_its_kind():
    assert near_duplicate_marks(["a", "b", "c", "d"], at(0, 90, 5, 91)) == {"c": "a", "d": "b"}


@pytest.mark.parametrize("block", [1, 3, 7, 1000])
def test_blocks_change_nothing(block, monkeypatch):
    rng = np.random.default_rng(block)
    vectors = unit_rows(np.repeat(rng.standard_normal((12, 8)), 5, axis=0) + 0.12 * rng.standard_normal((60, 8)))
    ids = sorted(rng.bytes(4).hex() for _ in range(60))
    expected = literal(ids, vectors, 0.95)
    assert 5 < len(expected) < 55
    monkeypatch.setattr(near_duplicates, "_BLOCK", block)
    assert near_duplicate_marks(ids, vectors) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 359), max_size=25))
def test_a_mark_points_to_an_earlier_unmarked_clip_that_is_near(degrees):
    ids = [f"{place:02d}" for place in range(len(degrees))]
    vectors = at(*degrees) if degrees else np.empty((0, 2), np.float32)
    marks = near_duplicate_marks(ids, vectors)
    for clip_id, first in marks.items():
        assert first < clip_id
        assert first not in marks
        assert vectors[ids.index(clip_id)] @ vectors[ids.index(first)] > 0.95
