"""Which engine continues the prompts of a checkpoint: the fast one where it was seen to hold, else plain batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.continuation import Continuation, Engine, Stop, renumbered
from spectrum.respondents.engine_probe import Modality, mismatch
from spectrum.respondents.option_tokens import OptionForms
from spectrum.respondents.packed_passes import UnsupportedModelError
from spectrum.respondents.plain_batches import ROWS, PlainBatches
from spectrum.respondents.prompt_layout import PromptLayout
from spectrum.respondents.prompt_rows import Row
from spectrum.respondents.shared_prefix import SharedPrefix
from spectrum.respondents.token_batches import GreedyBatches

EngineName = Literal["auto", "plain"]


@dataclass(slots=True, eq=False)
class CheckedEngine:
    """Gives each row to the fast engine where that was held against the model's own forward, else to plain batches.

    Whether it holds is found out for pictures when it is made, for videos when the first one comes.
    """

    fast: SharedPrefix | None
    plain: PlainBatches
    check: Callable[[Modality], str | None]
    """Why the fast engine does not hold for a modality; None where it does."""
    reasons: dict[Modality, str | None] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        """What writes."""
        return self.plain.checkpoint

    def reason(self, modality: Modality = "image") -> str | None:
        """Why prompts with such media go in plain batches; None where they do not."""
        if modality not in self.reasons:
            self.reasons[modality] = self.check(modality)
        return self.reasons[modality]

    @property
    def most_rows(self) -> int:
        """How many prompts are continued together at most."""
        fast = self.fast if self.reason() is None else None
        return fast.rows if fast is not None else self.plain.batches.size

    def engine_of(self, row: Row) -> Engine:
        """What continues this row."""
        if self.fast is None or not row.head.ends_with_picture:
            return self.plain
        modality: Modality = "video" if "pixel_values_videos" in row.head.inputs else "image"
        return self.fast if self.reason(modality) is None else self.plain

    def __call__(
        self,
        rows: Sequence[Row],
        limits: Sequence[int],
        *,
        forms: Sequence[OptionForms | None] | None = None,
        stop: Stop | None = None,
        keep_steps: int = 0,
    ) -> list[Continuation | None]:
        """As `Engine` says."""
        forms = forms or [None] * len(rows)
        done: list[Continuation | None] = [None] * len(rows)
        engines = [self.engine_of(row) for row in rows]
        for engine in {id(engine): engine for engine in engines}.values():
            chosen = [index for index in range(len(rows)) if engines[index] is engine]
            continued = engine(
                [rows[index] for index in chosen],
                [limits[index] for index in chosen],
                forms=[forms[index] for index in chosen],
                stop=None if stop is None else renumbered(stop, chosen),
                keep_steps=keep_steps,
            )
            for index, continuation in zip(chosen, continued, strict=True):
                done[index] = continuation
        return done


def checked_engine(
    checkpoint: Checkpoint,
    layout: PromptLayout,
    *,
    rows: int | None = None,
    fixed: bool = False,
    name: EngineName = "auto",
) -> CheckedEngine:
    """The engine for a checkpoint; `rows` bounds the prompts continued together, `fixed` forbids smaller batches."""
    plain = PlainBatches(GreedyBatches(checkpoint, size=rows or ROWS, fixed=fixed))
    if name == "plain":
        return CheckedEngine(None, plain, lambda modality: "asked for")
    try:
        fast = SharedPrefix(checkpoint, rows=rows, fixed=fixed)
    except UnsupportedModelError as error:
        why = str(error)
        return CheckedEngine(None, plain, lambda modality: why)
    return CheckedEngine(fast, plain, lambda modality: mismatch(fast, layout, modality))
