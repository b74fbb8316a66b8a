"""One index, three back ends: what is stored, what reads back, which order comes out."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.indexes import DIMENSION, META, MODES, index_in, synthetic_clips, unit_rows
from video_index.clips import Clip
from video_index.errors import UnknownClipError
from video_index.filters import ClipFilter, ClipFilterError
from video_index.indexed import IndexedClip, mean_vector
from video_index.store import ClipIndex

CLIPS = synthetic_clips(300)
BY_ID = {item.clip.clip_id: item for item in CLIPS}
FILTERS = [
    None,
    ClipFilter(platforms=("tiktok",)),
    ClipFilter(platforms=("YouTube", "tiktok"), posted_from="2024-03-05"),
    ClipFilter(posted_from="2024-02-02", posted_to="2024-06-06"),
    ClipFilter(posted_to="2024-02-02", duration_min_s=0.1),
    ClipFilter(duration_min_s=10.1, duration_max_s=20.1),
    ClipFilter(platforms=("nowhere",)),
]


def passes(clip: Clip, wanted: ClipFilter | None) -> bool:
    """The oracle: a filter read literally."""
    if wanted is None:
        return True
    if wanted.platforms and (clip.platform or "-").lower() not in {p.lower() for p in wanted.platforms}:
        return False
    for bound, sign in ((wanted.posted_from, 1), (wanted.posted_to, -1)):
        if bound is None:
            continue
        if clip.posted is None:
            return False
        if sign * (date.fromisoformat(clip.posted) - date.fromisoformat(bound)).days < 0:
            return False
    if wanted.duration_min_s is not None and clip.duration_s < wanted.duration_min_s:
        return False
    return wanted.duration_max_s is None or clip.duration_s <= wanted.duration_max_s


def oracle(items: list[IndexedClip], query: np.ndarray, limit: int, wanted: ClipFilter | None) -> list:
    unit = (query / np.linalg.norm(query)).astype(np.float32).astype(np.float64)
    scored = [
        (-round(float(item.vector.astype(np.float64) @ unit), 6), item.clip.clip_id)
        for item in items
        if passes(item.clip, wanted)
    ]
    return [(clip_id, -score) for score, clip_id in sorted(scored)[:limit]]


def found(index: ClipIndex, query: np.ndarray, limit: int, wanted: ClipFilter | None) -> list:
    return [(hit.clip_id, hit.score) for hit in index.nearest(query, limit, wanted)]


@pytest.fixture(scope="module", params=MODES)
def index(request, tmp_path_factory):
    with index_in(request.param, tmp_path_factory.mktemp("store")) as opened:
        opened.upsert(CLIPS)
        yield opened


def test_every_field_of_a_clip_reads_back_as_it_was(index):
    ids = [item.clip.clip_id for item in CLIPS]
    assert index.get(ids) == [item.clip for item in CLIPS]


def test_vectors_read_back_bit_for_bit_by_clip_id(index):
    ids, vectors = index.vectors()
    assert ids == sorted(BY_ID)
    assert vectors.dtype == np.float32
    assert vectors.tobytes() == np.stack([BY_ID[clip_id].vector for clip_id in ids]).tobytes()


def test_frame_vectors_read_back_bit_for_bit_in_order_of_time(index):
    some = [item.clip.clip_id for item in CLIPS[::7]]
    frames = index.frames_of(some)
    assert all(frames[clip_id].tobytes() == BY_ID[clip_id].frames.tobytes() for clip_id in some)


def test_what_is_stored_of_a_clip_is_the_unit_mean_of_its_frames(index):
    clip = CLIPS[2]
    mean = clip.frames.astype(np.float64).mean(axis=0)
    _, stored = index.vectors([clip.clip.clip_id])
    assert np.linalg.norm(stored[0]) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(stored[0], mean / np.linalg.norm(mean), atol=1e-7)


@pytest.mark.parametrize("wanted", FILTERS)
def test_filters_let_through_what_the_oracle_lets_through(index, wanted):
    expected = sorted(c.clip.clip_id for c in CLIPS if passes(c.clip, wanted))
    assert [clip.clip_id for clip in index.clips(wanted)] == expected


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("limit", [1, 10, 400])
def test_nearest_agrees_with_numpy_in_score_and_order(index, wanted, limit):
    query = np.random.default_rng(limit).standard_normal(DIMENSION).astype(np.float32)
    assert found(index, query, limit, wanted) == oracle(CLIPS, query, limit, wanted)


def test_unknown_clips_are_named(index):
    with pytest.raises(UnknownClipError, match="ab" * 16):
        index.get([CLIPS[0].clip.clip_id, "ab" * 16])
    with pytest.raises(UnknownClipError):
        index.vectors(["ab" * 16])


def test_a_query_that_points_nowhere_is_refused(index):
    with pytest.raises(ValueError, match="16 numbers"):
        index.nearest(np.zeros(DIMENSION, np.float32), 3)
    assert index.nearest(CLIPS[0].vector, 0) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("limit", [1, 5, 40])
def test_ties_come_out_by_clip_id_even_where_the_limit_splits_them(mode, limit, tmp_path):
    """120 clips of one vector and 30 a hair nearer or farther: engines return tied points in any order."""
    base = unit_rows(np.ones((1, DIMENSION)))
    near = unit_rows(np.ones((1, DIMENSION)) + 0.2 * np.eye(DIMENSION)[:1])
    items = [
        IndexedClip(item.clip, (near if place % 5 == 0 else base)[0], near if place % 5 == 0 else base)
        for place, item in enumerate(synthetic_clips(150, seed=3))
    ]
    with index_in(mode, tmp_path) as index:
        index.upsert(items)
        for query in (base[0], near[0]):
            assert found(index, query, limit, None) == oracle(items, query, limit, None)


@pytest.mark.parametrize("mode", MODES)
def test_storing_again_replaces_and_doubles_nothing(mode, tmp_path):
    clips = synthetic_clips(20)
    with index_in(mode, tmp_path) as index:
        index.upsert(clips)
        before = index.fingerprint()
        index.upsert(clips[:7])
        assert (index.count(), index.fingerprint()) == (20, before)
        index.revise([clips[0].clip])
        assert index.fingerprint() == before
        index.remove([clips[3].clip.clip_id, "ab" * 16])
        assert index.count() == 19
        assert index.fingerprint() != before


@pytest.mark.parametrize("mode", MODES)
def test_revising_a_clip_changes_what_is_known_of_it_and_no_vector(mode, tmp_path):
    from dataclasses import replace

    item = synthetic_clips(1)[0]
    with index_in(mode, tmp_path) as index:
        index.upsert([item])
        changed = replace(item.clip, near_duplicate_of="ab" * 16, posted="2020-05-05", extra={}, tags=("x",))
        index.revise([changed])
        assert index.get([item.clip.clip_id]) == [changed]
        assert [c.clip_id for c in index.clips(ClipFilter(posted_to="2020-05-05"))] == [item.clip.clip_id]
        assert index.frames_of([item.clip.clip_id])[item.clip.clip_id].tobytes() == item.frames.tobytes()


def test_fingerprints_agree_between_modes_and_know_a_changed_bit(tmp_path):
    prints = {}
    for mode in MODES:
        with index_in(mode, tmp_path / mode) as index:
            index.upsert(CLIPS[:50])
            prints[mode] = index.fingerprint()
    assert len(set(prints.values())) == 1
    item = CLIPS[0]
    changed = item.vector.copy()
    changed[0] = np.nextafter(changed[0], np.float32(2))
    with index_in("memory", tmp_path) as index:
        index.upsert([IndexedClip(item.clip, changed, item.frames), *CLIPS[1:50]])
        assert index.fingerprint() != prints["memory"]


def test_vectors_of_another_dimension_are_refused(tmp_path):
    wide = np.ones((1, 17), np.float32)
    with index_in("memory", tmp_path) as index, pytest.raises(ValueError, match="16 numbers"):
        index.upsert([IndexedClip(CLIPS[0].clip, wide[0], wide)])


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).filter(lambda r: max(map(abs, r)) > 0.01),
        min_size=1,
        max_size=5,
    )
)
def test_a_mean_vector_always_has_unit_length(rows):
    assert np.linalg.norm(mean_vector(unit_rows(np.array(rows)))) == pytest.approx(1.0, abs=1e-5)


def test_frames_that_cancel_out_leave_the_first_one():
    frames = np.array([[1, 0], [-1, 0]], np.float32)
    assert mean_vector(frames).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"posted_from": "03/05/2024"}, "YYYY-MM-DD"),
        ({"posted_from": "2024-05-05", "posted_to": "2024-05-04"}, "dates"),
        ({"duration_min_s": 5.0, "duration_max_s": 4.0}, "durations"),
    ],
)
def test_a_filter_that_cannot_be_meant_says_so(fields, word):
    with pytest.raises(ClipFilterError, match=word):
        ClipFilter(**fields)


def test_a_date_that_is_no_date_is_kept_and_matches_no_range(tmp_path):
    from dataclasses import replace

    item = CLIPS[1]
    odd = replace(item.clip, posted="last summer")
    with index_in("folder", tmp_path) as index:
        index.upsert([IndexedClip(odd, item.vector, item.frames)])
        assert index.get([odd.clip_id]) == [odd]
        assert list(index.clips(ClipFilter(posted_from="0001-01-01"))) == []


def test_the_description_of_an_index_says_what_made_it(index):
    assert index.meta == META
