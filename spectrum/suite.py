"""From an index and a lexicon to a frozen suite: labels, value sets, matched controls, clusters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spectrum.controls import (
    APART,
    ControlSet,
    covariate_table,
    match_controls,
    quality_scores,
    standardised_differences,
)
from spectrum.errors import ConfigError, NoSetError
from spectrum.labels import (
    SIDECAR,
    KeywordScores,
    LabelTable,
    combine_labels,
    keyword_scores,
    labels_from_scores,
    labels_from_sidecars,
)
from spectrum.lexicon import Lexicon
from spectrum.suite_file import Suite, SuiteClip, load_suite, save_suite
from spectrum.value_sets import NEAR_DUPLICATE, ValueSet, build_value_sets, duplicate_groups, paper_sets
from spectrum.values import SCHWARTZ, ValueSystem
from video_index.clip_index import ClipIndex
from video_index.clips import Clip, ViewSpec
from video_index.embed import Embedder
from video_index.indexed import IndexMeta, index_fingerprint

__all__ = ["Catalogue", "Suite", "SuiteClip", "load_suite", "make_suite", "read_catalogue", "save_suite"]

LabelMode = Literal["auto", "retrieval", "sidecar"]
Rule = Literal["balanced", "paper"]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All of an index that a suite is made from, copied out so that the index can be closed."""

    clips: tuple[Clip, ...]
    """By clip_id."""
    vectors: NDArray[np.float32]
    """(n, d), unit rows, in the clips' order."""
    meta: IndexMeta
    fingerprint: str
    """The index's own fingerprint."""


def read_catalogue(index: ClipIndex) -> Catalogue:
    """Read clips and mean vectors once: about 2 KB a clip at 512 dimensions, and the payloads."""
    clips = sorted(index.clips(), key=lambda clip: clip.clip_id)
    clip_ids, vectors = index.vectors()
    row_of = {clip_id: row for row, clip_id in enumerate(clip_ids)}
    order = np.array([row_of[clip.clip_id] for clip in clips], dtype=np.int64)
    vectors = vectors[order]
    pairs = ((clip.clip_id, vector) for clip, vector in zip(clips, vectors, strict=True))
    return Catalogue(tuple(clips), vectors, index.meta, index_fingerprint(index.meta, pairs))


def make_suite(
    index: ClipIndex | Catalogue,
    embedder: Embedder | None,
    lexicon: Lexicon,
    *,
    per_value: int = 100,
    controls_per_value: int | None = None,
    labels: LabelMode = "auto",
    rule: Rule = "balanced",
    seed: int = 0,
    system: ValueSystem = SCHWARTZ,
    view: ViewSpec | None = None,
    minimum_probability: float = 0.6,
    near_duplicate: float | None = NEAR_DUPLICATE,
    exclude: Sequence[str] = (),
) -> Suite:
    """Freeze a suite: up to `per_value` clips a value and their matched controls, labelled and clustered.

    `labels` "auto" takes sidecar truth where a clip has it and retrieval elsewhere; "retrieval" ignores sidecars
    (a check of the labels); "sidecar" leaves out clips without truth. `embedder` may be None where nothing is
    retrieved. `controls_per_value` None means one control a set clip under the "balanced" rule and none under
    "paper". `exclude` leaves keywords out of the lexicon. `view` is how clips will be shown (default ViewSpec()).
    The result depends on the index's content and the arguments alone, not on the order of anything.

    Raises NoSetError where no value has a clip, ConfigError where the index is empty or lexicon and value system do
    not fit, and IndexMismatchError where another embedder made the index. Whatever is merely short goes into the
    notes.
    """
    _check_arguments(lexicon, system, per_value, minimum_probability)
    catalogue = index if isinstance(index, Catalogue) else read_catalogue(index)
    if not catalogue.clips:
        raise ConfigError("the index holds no clips; add some with: spectrum index FOLDER --index INDEX")
    table, scores, notes = _label(catalogue, embedder, lexicon, labels, rule, tuple(exclude), system)
    row_of = {clip.clip_id: row for row, clip in enumerate(catalogue.clips)}
    rows = [row_of[clip_id] for clip_id in table.clip_ids]
    groups = duplicate_groups(catalogue.clips)
    if rule == "paper" and scores is not None:
        sets, controls_per_value = paper_sets(table, scores, system=system), controls_per_value or 0
    else:
        sets = build_value_sets(
            table, scores, catalogue.vectors[rows], per_value=per_value, minimum_probability=minimum_probability,
            near_duplicate=near_duplicate, groups=groups, seed=seed, system=system,
        )  # fmt: skip
    if not any(value_set.members for value_set in sets):
        raise _no_set(table, minimum_probability)
    controls, more = _controls(catalogue, table, sets, controls_per_value, seed, embedder)
    return Suite(
        clips=tuple(_suite_clips(catalogue, table, sets, controls, groups)),
        view=view or ViewSpec(),
        system=system.name,
        codes=tuple(system.codes),
        index_fingerprint=catalogue.fingerprint,
        lexicon_fingerprint=lexicon.fingerprint,
        embedder=catalogue.meta.embedder,
        seed=seed,
        notes=(*notes, *_named((*(note for value_set in sets for note in value_set.notes), *more), system)),
    )


def _named(notes: Iterable[str], system: ValueSystem) -> Iterator[str]:
    """Notes that begin with a value's code, with its name instead."""
    names = dict(zip(system.codes, system.names, strict=True))
    for note in notes:
        code, colon, rest = note.partition(":")
        yield f"{names.get(code, code)}{colon}{rest}"


def _no_set(table: LabelTable, floor: float) -> NoSetError:
    """Why no value has a clip, and what helps."""
    count = len(table.clip_ids)
    have = "the only clip does not reach" if count == 1 else f"none of {count} clips reaches"
    said = f"{have} probability {floor:g} for any value"
    if set(table.source) == {SIDECAR}:
        return NoSetError(f"{said}, because their own 'values' name none; index clips that show some (docs/labels.md)")
    return NoSetError(f"{said}; index other clips, give another --lexicon, or a 'values' field a clip (docs/labels.md)")


def _check_arguments(lexicon: Lexicon, system: ValueSystem, per_value: int, floor: float) -> None:
    if lexicon.system != system.name:
        raise ConfigError(
            f"the lexicon names values of {lexicon.system} but the suite is about {system.name}; "
            "use a lexicon of that value system"
        )
    if per_value < 1:
        raise ConfigError(f"a value set needs at least one clip, not {per_value}")
    if not 0.0 < floor <= 1.0:
        raise ConfigError(f"the floor of label probabilities must be above 0 and at most 1, not {floor:g}")


def _label(
    catalogue: Catalogue,
    embedder: Embedder | None,
    lexicon: Lexicon,
    mode: LabelMode,
    rule: Rule,
    exclude: tuple[str, ...],
    system: ValueSystem,
) -> tuple[LabelTable, KeywordScores | None, list[str]]:
    """The labels asked for, the keyword scores where any clip was searched for, and notes."""
    truth = labels_from_sidecars(() if mode == "retrieval" else catalogue.clips, system=system)
    told = set(truth.clip_ids)
    rows_untold = [row for row, clip in enumerate(catalogue.clips) if clip.clip_id not in told]
    if mode == "sidecar" and not told:
        raise ConfigError(
            "no clip in the index has a 'values' field of its own; label by retrieval, or index a manifest with one"
        )
    notes = []
    if mode == "sidecar" and rows_untold:
        notes = [f"{len(rows_untold)} of {len(catalogue.clips)} clips without values of their own are left out."]
    rows = [] if mode == "sidecar" else rows_untold
    if rule == "paper":
        # The published rule searches among all clips, whatever is known of them.
        rows = [row for row, clip in enumerate(catalogue.clips) if mode != "sidecar" or clip.clip_id in told]
    if not rows:
        return truth, None, notes
    if embedder is None:
        raise ConfigError(
            f"{len(rows)} of {len(catalogue.clips)} clips have to be searched by keyword; name the embedder the "
            "index was made with"
        )
    catalogue.meta.require_embedder(embedder.name, embedder.fingerprint, "the index")
    clip_ids = [catalogue.clips[row].clip_id for row in rows]
    scores = keyword_scores(clip_ids, catalogue.vectors[rows], lexicon, embedder, exclude=exclude)
    return combine_labels(truth, labels_from_scores(scores, system=system)), scores, notes


def _controls(
    catalogue: Catalogue,
    table: LabelTable,
    sets: Sequence[ValueSet],
    wanted: int | None,
    seed: int,
    embedder: Embedder | None,
) -> tuple[tuple[ControlSet, ...], list[str]]:
    """Matched controls, and notes on those missing and on covariates that stay out of balance."""
    if wanted == 0:
        return (), []
    quality = None
    if embedder is not None:
        quality = quality_scores([clip.clip_id for clip in catalogue.clips], catalogue.vectors, embedder)
    covariates = covariate_table(catalogue.clips, quality=quality)
    matched = match_controls(table, covariates, sets, controls_per_value=wanted, seed=seed)
    balance = standardised_differences(
        covariates,
        {value_set.code: [member.clip_id for member in value_set.members] for value_set in sets},
        {control_set.code: [control for _, control in control_set.pairs] for control_set in matched},
    )
    notes = [note for control_set in matched for note in control_set.notes]
    for control_set in matched:
        apart = [row for row in balance if row.code == control_set.code and row.flagged]
        if apart:
            named = ", ".join(f"{row.covariate} ({row.difference:+.2f})" for row in apart)
            notes.append(f"{control_set.code}: {APART} in {named}.")
    return matched, notes


def _suite_clips(
    catalogue: Catalogue,
    table: LabelTable,
    sets: Sequence[ValueSet],
    controls: Sequence[ControlSet],
    groups: dict[str, str],
) -> Iterator[SuiteClip]:
    """Every clip of a set or a control, by clip_id."""
    memberships = defaultdict(list)
    for value_set in sets:
        for member in value_set.members:
            memberships[member.clip_id].append((value_set.code, member))
    control_for = defaultdict(list)
    for control_set in controls:
        for _, control in control_set.pairs:
            control_for[control].append(control_set.code)
    creators = {clip.clip_id: clip.creator for clip in catalogue.clips}
    label_row = table.rows()
    for clip in catalogue.clips:
        if clip.clip_id not in memberships and clip.clip_id not in control_for:
            continue
        row = label_row[clip.clip_id]
        member_of = memberships.get(clip.clip_id, [])
        group = groups[clip.clip_id]
        yield SuiteClip(
            clip=clip,
            labels=tuple(round(float(label), 6) for label in table.probabilities[row]),
            label_source=table.source[row],
            value_sets=tuple(code for code, _ in member_of),
            control_for=tuple(control_for.get(clip.clip_id, ())),
            keywords=tuple(member.keyword for _, member in member_of),
            margins=tuple(round(member.margin, 6) for _, member in member_of),
            cluster=clip.creator or creators.get(group) or group,
        )
