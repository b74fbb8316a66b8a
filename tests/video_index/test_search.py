"""Search by words and by clip: means first, best frames second, one order everywhere."""

import numpy as np
import pytest

from tests.support.indexes import META, MODES, ColourEmbedder, index_in, synthetic_clips, unit_rows
from video_index import search
from video_index.clips import ViewSpec
from video_index.errors import IndexMismatchError, UnknownClipError
from video_index.filters import ClipFilter
from video_index.indexed import IndexedClip, IndexMeta, mean_vector
from video_index.keyed import uniform
from video_index.points import ENGINE_ERROR, Scored
from video_index.search import search_clip, search_text

CLIPS = synthetic_clips(260)


class PlantedTexts(ColourEmbedder):
    """Gives a fixed vector for any text, in the space of the synthetic clips."""

    def __init__(self) -> None:
        super().__init__(META.embedder, META.embedder_fingerprint)
        self.row = unit_rows(np.random.default_rng(5).standard_normal((1, META.dimension)))

    def texts(self, texts):
        return np.repeat(self.row, len(texts), axis=0)


def oracle(query: np.ndarray, limit: int, without: str | None = None, wanted=None) -> list[tuple[str, float]]:
    """The documented formula over the 200 best means, written out."""
    exact = query.astype(np.float64)
    means = sorted(
        (-round(float(item.vector.astype(np.float64) @ exact), 6), item.clip.clip_id, item)
        for item in CLIPS
        if wanted is None or wanted(item.clip)
    )
    scored = []
    for mean, clip_id, item in means[:200]:
        best = round(float((item.frames.astype(np.float64) @ exact).max()), 6)
        scored.append((-round((best - mean) / 2, 6), clip_id))
    kept = [(clip_id, -score) for score, clip_id in sorted(scored) if clip_id != without]
    return kept[:limit]


@pytest.fixture(scope="module", params=MODES)
def index(request, tmp_path_factory):
    with index_in(request.param, tmp_path_factory.mktemp("search")) as opened:
        opened.upsert(CLIPS)
        yield opened


def pairs(hits):
    return [(hit.clip.clip_id, hit.score) for hit in hits]


@pytest.mark.parametrize("limit", [1, 10, 150])
def test_text_search_follows_the_formula(index, limit):
    embedder = PlantedTexts()
    assert pairs(search_text(index, embedder, "anything", limit)) == oracle(embedder.row[0], limit)


def test_text_search_keeps_to_its_filter(index):
    embedder = PlantedTexts()
    hits = search_text(index, embedder, "anything", 300, ClipFilter(platforms=("tiktok",)))
    assert pairs(hits) == oracle(embedder.row[0], 300, wanted=lambda clip: clip.platform == "TikTok")


def test_clip_search_leaves_the_clip_itself_out(index):
    item = CLIPS[17]
    hits = search_clip(index, item.clip.clip_id, 12)
    assert pairs(hits) == oracle(item.vector, 12, without=item.clip.clip_id)
    with pytest.raises(UnknownClipError):
        search_clip(index, "ab" * 16)


def test_a_hit_tells_both_of_its_scores(index):
    hit = search_text(index, PlantedTexts(), "anything", 1)[0]
    assert hit.score == pytest.approx((hit.mean_score + hit.frame_score) / 2, abs=1e-6)
    assert hit.frame_score >= hit.mean_score - 1e-6


def test_one_good_frame_lifts_a_clip_over_an_even_one(tmp_path):
    """Both means have the same cosine with the query; only one clip has a frame that is the query."""
    axes = np.eye(META.dimension)
    once = unit_rows(np.stack([axes[0], axes[1]]))
    even = unit_rows(np.stack([axes[0] + axes[2], axes[0] + axes[2]]))
    first, second = synthetic_clips(2, seed=9)
    with index_in("memory", tmp_path) as index:
        index.upsert(
            [IndexedClip(first.clip, mean_vector(once), once), IndexedClip(second.clip, mean_vector(even), even)]
        )
        embedder = PlantedTexts()
        embedder.row = axes[:1].astype(np.float32)
        hits = search_text(index, embedder, "axis", 2)
    assert [hit.clip.clip_id for hit in hits] == [first.clip.clip_id, second.clip.clip_id]
    assert hits[0].mean_score == hits[1].mean_score


def test_more_than_two_hundred_can_be_asked_for(index):
    assert len(search_text(index, PlantedTexts(), "anything", 260)) == 260
    assert search_text(index, PlantedTexts(), "anything", 0) == []
    assert search.RERANKED == 200


def test_searching_with_another_embedder_is_an_error_that_says_so(index):
    with pytest.raises(IndexMismatchError, match=r"planted.*colour"):
        search_text(index, ColourEmbedder(), "food")


def test_searching_an_empty_index_finds_nothing(tmp_path):
    meta = IndexMeta("colour", "c" * 32, 12, ViewSpec(4, 64))
    with index_in("folder", tmp_path, meta) as index:
        assert search_text(index, ColourEmbedder(), "food") == []


class NoisyPoints:
    """Adds to every score that an engine gives a keyed error as large as ENGINE_ERROR allows, and sorts by the sum."""

    def __init__(self, real, seed):
        self.real, self.seed, self.read_at_all = real, seed, 0

    def __getattr__(self, name):
        return getattr(self.real, name)

    def noisy(self, found):
        wrong = [
            Scored(one.clip_id, one.score + ENGINE_ERROR * (2 * uniform("noise", self.seed, one.clip_id) - 1))
            for one in found
        ]
        return sorted(wrong, key=lambda one: -one.score)

    def nearest(self, vector, limit, filters):
        return self.noisy(self.real.nearest(vector, 10_000, filters))[:limit]

    def best_frames(self, vector, clip_ids):
        return self.noisy(self.real.best_frames(vector, clip_ids))

    def read(self, clip_ids, wanted):
        self.read_at_all += len(clip_ids)
        return self.real.read(clip_ids, wanted)


@pytest.mark.parametrize("seed", range(4))
def test_an_engines_rounding_changes_nothing(seed, monkeypatch):
    """Clips are crowded so that many scores lie within the engine's error of each other, at both cut-offs."""
    rng = np.random.default_rng(seed)
    centre = rng.standard_normal(META.dimension)
    crowd = []
    for item in synthetic_clips(240, seed=seed):
        frames = unit_rows(centre + 1e-2 * rng.standard_normal((2, META.dimension)))
        crowd.append(IndexedClip(item.clip, mean_vector(frames), frames))
    monkeypatch.setitem(globals(), "CLIPS", crowd)
    with index_in("memory", None, META) as index:
        index.upsert(crowd)
        query = unit_rows(centre[None])[0]
        query = (query / np.linalg.norm(query)).astype(np.float32)  # as the index brings it to unit length
        exact = index.nearest(query, 60)
        index._points = NoisyPoints(index._points, seed)
        assert index.nearest(query, 60) == exact
        for limit in (1, 7, 40):
            assert pairs(search.search_vector(index, query, limit)) == oracle(query, limit)


def test_only_what_can_be_among_the_best_is_read(index, monkeypatch):
    counting = NoisyPoints(index._points, 0)
    monkeypatch.setattr(index, "_points", counting)
    search.search_vector(index, PlantedTexts().row[0], 10)
    assert counting.read_at_all <= 14


@pytest.mark.parametrize("mode", MODES)
def test_what_engines_add_up_lies_well_within_the_error_allowed_for(mode, tmp_path):
    rng = np.random.default_rng(3)
    meta = IndexMeta("wide", "w" * 32, 1024, ViewSpec(frames=2, long_side=64))
    clips = []
    for item in synthetic_clips(40, seed=9):
        frames = unit_rows(rng.standard_normal((2, 1024)) + 3.0)
        clips.append(IndexedClip(item.clip, mean_vector(frames), frames))
    by_id = {item.clip.clip_id: item for item in clips}
    query = unit_rows(rng.standard_normal((1, 1024)) + 3.0)[0]
    with index_in(mode, tmp_path, meta) as index:
        index.upsert(clips)
        for one in index._points.nearest(query, 40, []):
            exact = by_id[one.clip_id].vector.astype(np.float64) @ query.astype(np.float64)
            assert abs(one.score - exact) < ENGINE_ERROR / 5
        best = index._points.best_frames(query, list(by_id))
        assert {one.clip_id for one in best} == set(by_id)
        for one in best:
            exact = (by_id[one.clip_id].frames.astype(np.float64) @ query.astype(np.float64)).max()
            assert abs(one.score - exact) < ENGINE_ERROR / 5
