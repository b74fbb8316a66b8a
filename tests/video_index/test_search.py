"""Search by words and by clip: means first, best frames second, one order everywhere."""

import numpy as np
import pytest

from tests.support.indexes import META, MODES, ColourEmbedder, index_in, synthetic_clips, unit_rows
from video_index import search
from video_index.clips import ViewSpec
from video_index.errors import IndexMismatchError, UnknownClipError
from video_index.filters import ClipFilter
from video_index.indexed import IndexedClip, IndexMeta, mean_vector
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
