"""Which values a clip evokes: ten probabilities a clip, and where they come from.

Two sources: truth that came with the clip (a sidecar's `values`), and CLIP retrieval against a lexicon. Retrieved
probabilities are **uncalibrated until a sample has been audited**: they order clips and say which
phrases fit best, but .8 does not mean that eight in ten people would agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import ConfigError
from spectrum.lexicon import Keyword, Lexicon
from spectrum.values import SCHWARTZ, ValueSystem, parse_values
from video_index.clips import Clip
from video_index.embed import Embedder
from video_index.keyed import digest

SIDECAR = "sidecar"
RETRIEVAL = "retrieval"

PRIOR = 0.2
"""Chance that a clip evokes a given value, before it is seen: about two of ten."""

_ROWS = 4096
"""Clips a block of the product with the phrases, which bounds memory."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Label probabilities of n clips for K values, rows in order of clip_id."""

    clip_ids: tuple[str, ...]
    """Ascending and distinct."""
    probabilities: NDArray[np.float64]
    """(n, K), each in [0, 1]; rows need not sum to one, a clip may evoke several values or none."""
    source: tuple[str, ...]
    """Per clip: "sidecar" or "retrieval"."""
    scores: NDArray[np.float64]
    """(n, K): evidence in logits where retrieved (see `labels_from_scores`), 1 or 0 where known."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of clips, probabilities (to 9 decimals) and sources."""
        rounded = np.round(self.probabilities, 9) + 0.0
        return digest("labels", *self.clip_ids, *self.source, rounded.astype("<f8").tobytes().hex()).hex()

    def rows(self) -> dict[str, int]:
        """Row of each clip_id."""
        return {clip_id: row for row, clip_id in enumerate(self.clip_ids)}


@dataclass(frozen=True, slots=True, eq=False)
class KeywordScores:
    """How well each phrase of a lexicon fits each clip."""

    clip_ids: tuple[str, ...]
    """Ascending and distinct."""
    phrases: tuple[str, ...]
    """The m keywords, in the lexicon's order."""
    values: NDArray[np.int64]
    """(m,): the value each keyword belongs to."""
    logits: NDArray[np.float32]
    """(n, m): logit scale x cosine of clip mean and keyword ensemble."""
    neutral: NDArray[np.float64]
    """(n,): log mean exp of the same over the lexicon's neutral phrases."""


def keyword_scores(
    clip_ids: Sequence[str],
    vectors: NDArray[np.float32],
    lexicon: Lexicon,
    embedder: Embedder,
    *,
    exclude: Iterable[str] = (),
) -> KeywordScores:
    """Score every clip against every keyword and against the neutral phrases.

    A phrase is an ensemble: the unit vectors of all templates filled with it, averaged and scaled to unit length
    (Radford et al. 2021, section 3.1.4). `vectors` is (n, d) with unit rows, in the order of `clip_ids`; the
    result is in order of clip_id, whatever order came in. `exclude` leaves keywords out (the leave-one-keyword-out
    check); ConfigError where one of them is not in the lexicon, or where a value is left without a keyword.
    """
    keywords = _without(lexicon, exclude)
    order = _ascending(clip_ids, len(vectors))
    phrases = tuple(keyword.phrase for keyword in keywords)
    texts = _ensembles((*phrases, *lexicon.neutral), lexicon.templates, embedder)
    if vectors.shape[1] != texts.shape[1]:
        raise ConfigError(
            f"the index holds vectors of {vectors.shape[1]} numbers but the embedder makes {texts.shape[1]}; "
            "use the embedder the index was made with"
        )
    logits = np.empty((len(order), len(phrases)), dtype=np.float32)
    neutral = np.empty(len(order), dtype=np.float64)
    scale = float(embedder.logit_scale)
    for start in range(0, len(order), _ROWS):
        rows = order[start : start + _ROWS]
        # Rounding makes a clip's score the same whichever block and row it stood in.
        block = scale * np.round(vectors[rows].astype(np.float64) @ texts.T, 9)
        logits[start : start + len(rows)] = block[:, : len(phrases)]
        neutral[start : start + len(rows)] = _pooled(block[:, len(phrases) :])
    return KeywordScores(
        clip_ids=tuple(clip_ids[row] for row in order),
        phrases=phrases,
        values=np.array([keyword.value for keyword in keywords], dtype=np.int64),
        logits=logits,
        neutral=neutral,
    )


def labels_from_scores(scores: KeywordScores, *, prior: float = PRIOR, system: ValueSystem = SCHWARTZ) -> LabelTable:
    """Pool keyword scores into label probabilities, one binary zero-shot decision a value.

    A value's pool is the log mean exp of its keyword logits: one keyword that fits is enough, and a value gains
    nothing from having more keywords. Its evidence is the pool minus a baseline, the larger of the neutral phrases'
    pool and the median of all values' pools on this clip. So a picture of a plain thing evokes nothing, nor does one
    that all values fit alike (people are in most keywords), and two or three values that fit do not take from each
    other. probability = 1 / (1 + exp(-(evidence + log(prior / (1 - prior))))), with `prior` the share of clips
    expected to evoke a value before they are seen. Uncalibrated until audited.
    """
    pools = np.empty((len(scores.clip_ids), len(system.codes)), dtype=np.float64)
    for value, code in enumerate(system.codes):
        columns = np.flatnonzero(scores.values == value)
        if not len(columns):
            raise ConfigError(f"the lexicon has no keyword left for {code}; every value needs one")
        pools[:, value] = _pooled(scores.logits[:, columns].astype(np.float64))
    baseline = np.maximum(scores.neutral, np.median(pools, axis=1))
    evidence = pools - baseline[:, None]
    odds = np.clip(evidence + np.log(prior / (1.0 - prior)), -700.0, 700.0)
    source = (RETRIEVAL,) * len(scores.clip_ids)
    return LabelTable(scores.clip_ids, 1.0 / (1.0 + np.exp(-odds)), source, evidence)


def labels_from_retrieval(
    clip_ids: Sequence[str],
    vectors: NDArray[np.float32],
    lexicon: Lexicon,
    embedder: Embedder,
    *,
    exclude: Iterable[str] = (),
    system: ValueSystem = SCHWARTZ,
) -> LabelTable:
    """Label clips from their CLIP mean vectors ((n, d), unit rows); uncalibrated until audited.

    `keyword_scores` followed by `labels_from_scores`, whose docstrings hold the formulas and errors.
    """
    scores = keyword_scores(clip_ids, vectors, lexicon, embedder, exclude=exclude)
    return labels_from_scores(scores, system=system)


def labels_from_sidecars(clips: Iterable[Clip], *, system: ValueSystem = SCHWARTZ) -> LabelTable:
    """Read truth from `clip.extra["values"]` as 0/1 labels; clips without the key are left out.

    A key with no value in it says that the clip evokes none. Raises ConfigError, naming clip and file, where a
    name is not a value of `system`.
    """
    truth: dict[str, NDArray[np.float64]] = {}
    for clip in clips:
        if "values" not in clip.extra:
            continue
        row = np.zeros(len(system.codes))
        try:
            named = parse_values(clip.extra["values"], system)
        except ConfigError as error:
            raise ConfigError(f"values of {clip.locator}: {error}") from None
        row[list(named)] = 1.0
        truth[clip.clip_id] = row
    clip_ids = tuple(sorted(truth))
    table = np.array([truth[clip_id] for clip_id in clip_ids]).reshape(len(clip_ids), len(system.codes))
    return LabelTable(clip_ids, table, (SIDECAR,) * len(clip_ids), table)


def combine_labels(truth: LabelTable, retrieved: LabelTable) -> LabelTable:
    """All clips of both tables, each with its own source; a known label goes before a retrieved one."""
    rows = {clip_id: (retrieved, row) for row, clip_id in enumerate(retrieved.clip_ids)}
    rows.update({clip_id: (truth, row) for row, clip_id in enumerate(truth.clip_ids)})
    ordered = sorted(rows)
    width = truth.probabilities.shape[1]
    picked = [rows[clip_id] for clip_id in ordered]
    return LabelTable(
        clip_ids=tuple(ordered),
        probabilities=np.array([table.probabilities[row] for table, row in picked]).reshape(-1, width),
        source=tuple(table.source[row] for table, row in picked),
        scores=np.array([table.scores[row] for table, row in picked]).reshape(-1, width),
    )


def _without(lexicon: Lexicon, exclude: Iterable[str]) -> list[Keyword]:
    left_out = set(exclude)
    unknown = left_out - {keyword.phrase for keyword in lexicon.keywords}
    if unknown:
        raise ConfigError(f"cannot leave out {sorted(unknown)[0]!r}: the lexicon has no such keyword")
    return [keyword for keyword in lexicon.keywords if keyword.phrase not in left_out]


def _ascending(clip_ids: Sequence[str], vectors: int) -> list[int]:
    if len(clip_ids) != vectors or len(set(clip_ids)) != len(clip_ids):
        raise ValueError(f"{len(clip_ids)} clip ids, {len(set(clip_ids))} distinct, for {vectors} vectors")
    return sorted(range(len(clip_ids)), key=clip_ids.__getitem__)


def _ensembles(phrases: Sequence[str], templates: Sequence[str], embedder: Embedder) -> NDArray[np.float64]:
    texts = [template.format(phrase) for phrase in phrases for template in templates]
    vectors = embedder.texts(texts).astype(np.float64)
    means = vectors.reshape(len(phrases), len(templates), -1).mean(axis=1)
    unit: NDArray[np.float64] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


def _pooled(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of the mean exponential of each row."""
    largest = logits.max(axis=1, keepdims=True)
    pooled: NDArray[np.float64] = (largest + np.log(np.exp(logits - largest).mean(axis=1, keepdims=True)))[:, 0]
    return pooled
