"""Read a run folder into sheets, column by column: a million answers cost no Python object a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.answers import Outcome
from spectrum.bench.arms import Arm
from spectrum.bench.columns import coded, numbered, read_columns, rows_of
from spectrum.bench.read_clips import read_clips
from spectrum.bench.sheet import BLOCKS, FRAMINGS, MISSING, SCORED, Clips, NameArray, Sheet
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from spectrum.runs.table_files import reading
from spectrum.runs.tables import ANSWERS
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray

_OPTIONAL = ("arm", "shown_clip_id", "written")
"""Columns that runs of earlier releases lack; absent, every ask is intact and written."""
_PLAN = ("clip_id", "condition", "construct", "wording", "block", "form", "repeat", "options", "acceptance",
         *_OPTIONAL)  # fmt: skip
_TEXTS = ["clip_id", "condition", "construct", "wording", "block", "form", "arm", "shown_clip_id"]
_AT_ONCE = 1 << 17
"""Rows joined at a time."""
_ANSWERS = ("ask_id", "outcome", "choice", "probabilities")


def read_sheet(folder: Path, values: int) -> Sheet:
    """Join what a run folder holds so far about clips as they are; `values` is how many labels a clip must have.

    Raises RunFolderError where the plan or the clips are absent or damaged, or do not fit one another.
    """
    return read_sheets(folder, values)[Arm.INTACT]


def read_sheets(folder: Path, values: int) -> dict[Arm, Sheet]:
    """The sheets of a run: clips as they are (always there), and a sheet for each rung of the null ladder asked."""
    run = RunFolder(folder)
    plan, clips = _plan(run.plan, _PLAN), read_clips(run.clips, values)
    answers = _answers(run)
    place = rows_of(_plan(run.plan, ("ask_id",))["ask_id"], answers["ask_id"])
    block, arm = _block_and_arm(plan)
    state = _State.of(plan, arm, place, answers)
    tallied = np.isin(block, BLOCKS) & _valid(plan["options"])
    items = coded(_plan(run.plan, ("item_id",))["item_id"])
    if not tallied.all():
        plan, place, block, arm, items = (
            plan.filter(pa.array(tallied)),
            place[tallied],
            block[tallied],
            arm[tallied],
            items[tallied],
        )
    stored = _Stored.joined(plan, answers, place)
    found = _sheet(plan, block, items, stored, clips, state)
    del plan, answers
    pa.default_memory_pool().release_unused()
    arms = [each for each in Arm if each is not Arm.DESCRIBE and (arm == str(each)).any()]
    if arms == [Arm.INTACT]:
        return {Arm.INTACT: found}
    return {each: found.keep(arm == str(each)) for each in dict.fromkeys([Arm.INTACT, *arms])}


def _plan(path: Path, wanted: Sequence[str]) -> pa.Table:
    """Some columns of the plan; those of _OPTIONAL that are wanted only where the file has them."""
    held = read_columns(path)
    names = [name for name in wanted if name in held or name not in _OPTIONAL]
    with reading(path):
        return pq.read_table(path, columns=names, read_dictionary=[name for name in _TEXTS if name in names])


def _answers(run: RunFolder) -> pa.Table:
    if not run.answers.exists():
        return ANSWERS.empty_table().select(list(_ANSWERS))
    with AnswerStore(run.answers, read_only=True) as store:
        return store.columns(_ANSWERS)


def _block_and_arm(plan: pa.Table) -> tuple[NameArray, NameArray]:
    """Block without its arm, and the arm, of each row."""
    blocks, names = numbered(plan["block"])
    bare = np.array([name.rsplit("/", 1)[-1] for name in names] or [""], dtype=np.str_)
    if "arm" not in plan.column_names:
        return bare[blocks], np.full(plan.num_rows, str(Arm.INTACT))
    arms, arm_names = numbered(pc.fill_null(plan["arm"].cast(pa.string()), str(Arm.INTACT)))
    return bare[blocks], np.array(arm_names or [""], dtype=np.str_)[arms]


def _sheet(
    plan: pa.Table, block: NameArray, items: IntArray, stored: "_Stored", clips: Clips, state: "_State"
) -> Sheet:
    names = {name: numbered(plan[name]) for name in ("condition", "construct", "form")}
    texts = {name: np.array(found or [""], dtype=np.str_)[codes] for name, (codes, found) in names.items()}
    wording, wordings = _sorted(*numbered(plan["wording"]))
    clip = _clip_rows(plan["clip_id"], clips)
    shown = clip
    if "shown_clip_id" in plan.column_names:
        other = _clip_rows(plan["shown_clip_id"], clips)
        shown = np.where(other < 0, clip, other)
    if (clip < 0).any() or (shown < 0).any():
        strangers = plan["clip_id"].take(pa.array(np.flatnonzero((clip < 0) | (shown < 0))[:1])).to_pylist()
        raise RunFolderError(f"clips.parquet lacks clip {strangers[0]}, which plan.parquet asks about")
    return Sheet(
        clips=clips,
        wordings=wordings,
        condition=texts["condition"],
        construct=texts["construct"],
        block=block,
        wording=wording,
        item=items,
        clip=clip,
        shown=shown,
        framing=_framing(block, texts["form"]),
        repeat=plan["repeat"].to_numpy().astype(np.int64),
        outcome=stored.outcome,
        scored_only=stored.scored_only,
        written=stored.written,
        probability=stored.probability,
        outside=stored.outside,
        first_chosen=stored.first_chosen,
        planned=state.planned,
        answered=state.answered,
        failed=state.failed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """How far the run has come."""

    planned: int
    answered: int
    failed: int

    @classmethod
    def of(cls, plan: pa.Table, arm: NameArray, place: IntArray, answers: pa.Table) -> "_State":
        """Count over the whole plan; `place` is each ask's row of the answers, -1 where nothing is stored."""
        answered = place >= 0
        errors = pc.equal(answers["outcome"], str(Outcome.ERROR)).to_numpy()
        failed = np.zeros(plan.num_rows, dtype=np.bool_)
        failed[answered] = errors[place[answered]]
        unasked = np.zeros(plan.num_rows, dtype=np.bool_)
        captions = (arm == str(Arm.CAPTION)) & ~answered
        if captions.any():
            # A caption ask whose clip could not be described cannot be put: it waits for nothing.
            describing = np.isin(plan["form"].cast(pa.string()).to_numpy(), ("describe", "description"))
            lost = pc.unique(plan["clip_id"].cast(pa.string()).filter(pa.array(describing & failed)))
            unasked = captions & pc.is_in(plan["clip_id"].cast(pa.string()), value_set=lost).to_numpy()
        return cls(plan.num_rows, int((answered & ~failed).sum()), int((failed | unasked).sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """What is stored of each ask, read as acceptance; (n,) each."""

    outcome: NameArray
    scored_only: BoolArray
    written: FloatArray
    probability: FloatArray
    outside: FloatArray
    first_chosen: FloatArray

    @classmethod
    def joined(cls, plan: pa.Table, answers: pa.Table, place: IntArray) -> "_Stored":
        """All rows of the plan, each with its row of the answers (-1 for none); a part at a time, to hold little."""
        parts = [cls.of(plan.slice(0, 0), answers.slice(0, 0))]
        for start in range(0, plan.num_rows, _AT_ONCE):
            at = place[start : start + _AT_ONCE]
            parts.append(cls.of(plan.slice(start, _AT_ONCE), answers.take(pa.array(at, mask=at < 0))))
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    @classmethod
    def of(cls, plan: pa.Table, answers: pa.Table) -> "_Stored":
        """Join planned options with stored choices and masses, row by row in both."""
        count = plan.num_rows
        options = plan["options"].combine_chunks()
        of_option = _parents(options)
        acceptance = pc.list_flatten(plan["acceptance"]).to_numpy(zero_copy_only=False)
        first = np.concatenate([[True], of_option[1:] != of_option[:-1]]) if of_option.size else np.zeros(0, bool)
        outcome = _outcomes(answers["outcome"])
        choice = answers["choice"].combine_chunks()
        same = pc.equal(pc.list_flatten(options), choice.take(pa.array(of_option)))
        hit = pc.fill_null(same, False).to_numpy(zero_copy_only=False) & (outcome == str(Outcome.CHOICE))[of_option]
        written, first_chosen = np.full(count, np.nan), np.full(count, np.nan)
        # Written from the last to the first, so that of two options with one text the first counts.
        written[of_option[hit][::-1]] = acceptance[hit][::-1]
        first_chosen[of_option[hit][::-1]] = first[hit][::-1]
        probability, outside = _by_masses(answers["probabilities"], acceptance, of_option, count)
        scored_only = np.zeros(count, dtype=np.bool_)
        if "written" in plan.column_names:
            asked = pc.fill_null(plan["written"], True)
            scored_only = ~asked.to_numpy(zero_copy_only=False).astype(np.bool_)
        scored = scored_only & ~np.isnan(probability) & np.isnan(written)
        return cls(
            np.where(scored, SCORED, outcome).astype(np.str_), scored_only, written, probability, outside, first_chosen
        )


def _outcomes(column: pa.ChunkedArray) -> NameArray:
    codes, names = numbered(pc.fill_null(column.cast(pa.string()), MISSING))
    return np.array(names or [MISSING], dtype=np.str_)[codes]


def _by_masses(
    column: pa.ChunkedArray, acceptance: FloatArray, of_option: IntArray, count: int
) -> tuple[FloatArray, FloatArray]:
    """Acceptance by normalised masses, and the mass outside, where there is one mass an option."""
    masses = column.combine_chunks()
    wanted = np.bincount(of_option, minlength=count)
    given = pc.fill_null(pc.list_value_length(masses), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    fits = (given == wanted) & (given > 0)
    of_mass = _parents(masses)
    mass = pc.list_flatten(masses).to_numpy(zero_copy_only=False)[fits[of_mass]]
    row = of_mass[fits[of_mass]]
    inside = np.bincount(row, weights=mass, minlength=count)
    weighed = np.bincount(row, weights=mass * acceptance[fits[of_option]], minlength=count)
    usable = fits & (inside > 0)
    probability = np.where(usable, np.clip(weighed / np.where(usable, inside, 1.0), 0.0, 1.0), np.nan)
    return probability, np.where(fits, np.maximum(0.0, 1.0 - inside), np.nan)


def _parents(lists: pa.ListArray) -> IntArray:
    """Row of each element of a list column."""
    return np.asarray(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False), dtype=np.int64)


def _valid(column: pa.ChunkedArray | pa.Array) -> BoolArray:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _clip_rows(column: pa.ChunkedArray, clips: Clips) -> IntArray:
    """Row of each clip_id; -1 where it is null or unknown."""
    codes, names = numbered(pc.fill_null(column.cast(pa.string()), ""))
    place: Mapping[str, int] = {clip_id: row for row, clip_id in enumerate(clips.ids)}
    return np.array([place.get(name, -1) for name in names] or [-1], dtype=np.int64)[codes]


def _sorted(codes: IntArray, names: tuple[str, ...]) -> tuple[IntArray, tuple[str, ...]]:
    """The same numbering in the order of the names."""
    order = sorted(range(len(names)), key=names.__getitem__)
    number = np.empty(len(names), dtype=np.int64)
    number[order] = np.arange(len(names))
    return (number[codes] if names else codes), tuple(names[place] for place in order)


def _framing(block: NameArray, form: NameArray) -> IntArray:
    framing = np.full(block.size, int(Framing.OTHER), dtype=np.int64)
    for (of_block, of_form), code in FRAMINGS.items():
        framing[(block == of_block) & (form == of_form)] = int(code)
    return framing
