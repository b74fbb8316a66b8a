"""A plan: every ask of a bench in its order, held as columns, handed out as groups."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spectrum.bench import plan_tables
from spectrum.bench.arms import Arm, treatment
from spectrum.bench.choose import few_clips
from spectrum.bench.plan_tables import Cell
from spectrum.bench.tokens import picture_tokens, pictures_shown, word_tokens
from spectrum.bench.treatments import DESCRIBE_TOKENS, captioned, treated
from spectrum.prompts import Condition
from spectrum.respondents.base import Ask, Group
from spectrum.suite import Suite, SuiteClip
from spectrum.views import ClipView
from video_index.clips import Clip, ViewSpec
from video_index.keyed import digest

ViewFactory = Callable[[Clip], ClipView]
"""Makes a clip's view (spectrum.views.view_of with spec and decoder filled in)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan will take, roughly; tokens as if each ask went out alone with its pictures."""

    clips: int
    groups: int
    asks: int
    pictures: int
    """Pictures shown, counted once a group."""
    tokens_in: int
    """At four characters a token and one token to 28 x 28 pixels: within a factor of about two."""
    tokens_out: int
    """At most."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All asks of a bench. n asks lie in g groups, a clip's groups side by side; columns, not objects."""

    suite: Suite
    members: tuple[SuiteClip, ...]
    """The clips asked about, in the order they are asked."""
    cells: tuple[Cell, ...]
    conditions: tuple[Condition, ...]
    protocol: str
    seed: int
    bank_fingerprint: str
    respondent_fingerprint: str
    settings: dict[str, str]
    clip: NDArray[np.int32]
    """(n,) row of `members`."""
    cell: NDArray[np.int32]
    """(n,) row of `cells`."""
    repeat: NDArray[np.int32]
    """(n,) 0 for the first time."""
    item_ids: NDArray[np.bytes_]
    """(n,) 32 hex digits."""
    ask_ids: NDArray[np.bytes_]
    """(n,) 32 hex digits."""
    group_ids: NDArray[np.bytes_]
    """(g,) 32 hex digits."""
    starts: NDArray[np.int64]
    """(g + 1,) first ask of each group, and n."""
    shown: NDArray[np.int32]
    """(g,) row of `members` whose pictures are shown."""
    described_by: Mapping[int, str] = field(default_factory=dict)
    """Row of `members` -> the ask whose answer stands in for its pictures on the caption arm."""

    def __len__(self) -> int:
        """Number of asks."""
        return len(self.ask_ids)

    @property
    def forewarning(self) -> str | None:
        """Why there will be no profile, whatever is answered; None where there may be one."""
        return few_clips(self.members, len(self.suite.codes))

    @property
    def ladder_asks(self) -> int:
        """How many asks the null ladder takes, descriptions among them."""
        off = np.array([cell.arm is not Arm.INTACT for cell in self.cells], dtype=np.bool_)
        return int(off[self.cell].sum())

    @property
    def view(self) -> ViewSpec:
        """How clips are shown."""
        return self.suite.view

    @property
    def fingerprint(self) -> str:
        """Hex digest of all ask_ids in their order."""
        return digest("plan", hashlib.blake2b(self.ask_ids.tobytes(), digest_size=16).hexdigest()).hex()

    @property
    def table(self) -> pa.Table:
        """tables.PLAN, a row an ask in the order of asking. A large plan is better taken in `batches`."""
        return pa.Table.from_batches(self.batches(), schema=plan_tables.PLAN)

    def batches(self, rows: int = 32_768) -> Iterator[pa.RecordBatch]:
        """tables.PLAN in pieces of at most `rows` asks."""
        columns = plan_tables.PlanColumns.of(self)
        for start in range(0, len(self), rows):
            yield columns.batch(start, min(start + rows, len(self)))

    @property
    def clips(self) -> pa.Table:
        """tables.CLIPS, a row a clip in the order of asking."""
        return plan_tables.clip_table(self.members)

    def groups(
        self,
        view_factory: ViewFactory,
        skip: Collection[str] = frozenset(),
        *,
        whole: bool = False,
        descriptions: Mapping[str, str] | None = None,
    ) -> Iterator[Group]:
        """What to hand to a respondent, made as it is drawn: clip after clip, one view a clip.

        Asks in `skip` are left out; with `whole`, a group is left out only if all of its asks are. The caption arm
        needs what was answered before: without `descriptions` (ask_id of `described_by` -> text) all other groups
        come, with them those of the caption arm alone whose clip is described.
        """
        view: ClipView | None = None
        shown = -1
        bounds = zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), self.shown.tolist(), strict=True)
        for start, stop, showing in bounds:
            arm = self.cells[self.cell[start]].arm
            if (arm is Arm.CAPTION) != (descriptions is not None):
                continue
            description = None
            if descriptions is not None:
                description = descriptions.get(self.described_by[int(self.clip[start])])
                if description is None:
                    continue
            ids = [raw.decode() for raw in self.ask_ids[start:stop].tolist()]
            todo = [ask_id not in skip for ask_id in ids]
            if not any(todo):
                continue
            if whole:
                todo = [True] * len(ids)
            if description is None and (view is None or shown != showing):
                shown, view = showing, view_factory(self.members[showing].clip)
            cells = [self.cells[number] for number in self.cell[start:stop].tolist()]
            media: tuple[ClipView, ...] = ()
            if description is None:
                assert view is not None
                clip_id = self.members[int(self.clip[start])].clip.clip_id
                media = (treated(view, arm, treatment(arm, clip_id)),)
            yield Group(
                media=media,
                system=cells[0].rendered.system,
                asks=tuple(
                    _ask(ask_id, cell, description)
                    for ask_id, cell, open_ in zip(ids, cells, todo, strict=True)
                    if open_
                ),
                condition=cells[0].condition.name,
            )

    def estimate(self, skip: Collection[str] = frozenset()) -> Estimate:
        """What asking takes, without the asks in `skip`."""
        todo = np.ones(len(self), dtype=np.bool_)
        if skip:
            todo = np.fromiter((raw.decode() not in skip for raw in self.ask_ids.tolist()), np.bool_, len(self))
        pictures = np.array([pictures_shown(clip.clip, self.view) for clip in self.members], dtype=np.int64)
        each = np.array([picture_tokens(clip.clip, self.view) for clip in self.members], dtype=np.int64)
        words = np.array([word_tokens(cell.rendered) for cell in self.cells], dtype=np.int64)
        bounds = np.array([cell.form.question.max_tokens for cell in self.cells], dtype=np.int64)
        open_groups = np.add.reduceat(todo, self.starts[:-1]) > 0 if len(self) else np.zeros(0, dtype=np.bool_)
        open_clips = self.clip[self.starts[:-1]][open_groups]
        pictured = np.array([cell.arm is not Arm.CAPTION for cell in self.cells], dtype=np.bool_)
        looked_at = self.shown[open_groups & pictured[self.cell[self.starts[:-1]]]]
        shown = np.repeat(self.shown, np.diff(self.starts))
        tokens = np.where(pictured[self.cell], (pictures * each)[shown], DESCRIBE_TOKENS)
        return Estimate(
            clips=len(np.unique(open_clips)),
            groups=int(open_groups.sum()),
            asks=int(todo.sum()),
            pictures=int(pictures[looked_at].sum()),
            tokens_in=int(words[self.cell[todo]].sum() + tokens[todo].sum()),
            tokens_out=int(bounds[self.cell[todo]].sum()),
        )


def _ask(ask_id: str, cell: Cell, description: str | None) -> Ask:
    question, rendered = cell.form.question, cell.rendered
    return Ask(
        ask_id,
        rendered.before_media,
        rendered.after_media if description is None else captioned(description, rendered.after_media),
        question.answer_spec,
        question.max_tokens,
        cell.written,
    )
