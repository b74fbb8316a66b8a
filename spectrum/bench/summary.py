"""summary.json: the headline, the verdicts and the counts of a run."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from spectrum.bench.estimates import Contrasted, Estimated
from spectrum.bench.headline import groups_sentence
from spectrum.stats.polarity import Coherence

FORMAT = 1


def rounded(number: float | None) -> float | None:
    """Six decimals, so that another summation order writes the same bytes."""
    return None if number is None else round(number, 6) + 0.0


@dataclass(frozen=True, slots=True)
class PersonaSentence:
    """What may be said of one condition against the reference."""

    condition: str
    construct: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CoherenceNote:
    """Do two framings agree about the clips?"""

    verdict: str
    correlation: float | None
    low: float | None
    high: float | None
    clips: int

    @classmethod
    def of(cls, found: Coherence | None) -> "CoherenceNote | None":
        """None where the framings were not asked."""
        if found is None:
            return None
        return cls(
            verdict=str(found.verdict),
            correlation=rounded(found.correlation),
            low=rounded(found.low),
            high=rounded(found.high),
            clips=found.clips,
        )


@dataclass(frozen=True, slots=True)
class EstimateNote:
    """What a profile table cannot say of itself."""

    condition: str
    construct: str
    measure: str
    """"written", "probability", or "combined"."""
    reported: bool
    """Whether this measure is the one that headline and first screen show."""
    reason: str | None
    """Why there is no profile; None where there is one."""
    conditional_on_wordings: bool
    condition_number: float | None
    framings: tuple[str, ...]
    """Pooled."""
    covariates: tuple[str, ...]
    """Adjusted for."""
    stems: CoherenceNote | None
    orders: CoherenceNote | None
    groups: tuple[tuple[str, ...], ...]
    """Tied groups on the probability scale, codes, highest first."""
    groups_sentence: str | None
    clips: int
    wordings: int
    answers: int

    @classmethod
    def of(cls, estimated: Estimated, codes: tuple[str, ...], names: tuple[str, ...], reported: bool) -> "EstimateNote":
        """The note of an estimate."""
        tied, level = estimated.profile, estimated.level
        return cls(
            condition=estimated.condition,
            construct=estimated.construct,
            measure=estimated.measure,
            reported=reported,
            reason=estimated.reason,
            conditional_on_wordings=tied is not None and tied.estimate.conditional_on_wordings,
            condition_number=None if tied is None else round(tied.estimate.condition_number, 3),
            framings=tuple(framing.name.lower() for framing in estimated.pooling.framings),
            covariates=estimated.covariates,
            stems=CoherenceNote.of(estimated.pooling.stems),
            orders=CoherenceNote.of(estimated.pooling.orders),
            groups=() if tied is None else tuple(tuple(codes[v] for v in group) for group in tied.groups.groups),
            groups_sentence=None if tied is None else groups_sentence(tied.groups, names),
            clips=tied.estimate.clips if tied else level.clips if level else 0,
            wordings=tied.estimate.wordings if tied else level.wordings if level else 0,
            answers=tied.estimate.answers if tied else level.answers if level else 0,
        )


@dataclass(frozen=True, slots=True)
class PaperNote:
    """The paper's mean and sample SD over the values."""

    condition: str
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class AgreementNote:
    """Written answers against option probabilities."""

    condition: str
    kappa: float | None
    outside: float | None
    used: bool


@dataclass(frozen=True, slots=True)
class ChecksNote:
    """What the checks of the reported profile came to, for the condition and construct of the headline."""

    blank_check: str
    """"passed", "failed", "undecided" or "not run"."""
    shuffled_p: float | None
    """Share of label dealings that give a profile as large as the real one; None where none could be estimated."""
    rungs: tuple[str, ...]
    """Of the null ladder, that questions were spent on."""
    written: str
    """"all", "some" or "none" of the asks were to be written."""
    written_note: str | None
    """How far option probabilities are off, where only some answers were written."""
    keyword: str | None
    """A sentence on the keyword whose clips move the profile most."""
    unbalanced: int
    """Covariates of value sets that differ from their controls' by more than .1 SD."""


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """What a condition's change against the reference could have been, had every ask got a choice."""

    condition: str
    reference: str
    construct: str
    measure: str
    lacking: int
    """Items that lack a choice on one side or both."""
    items: int
    """Items that were put to both."""
    bounds: dict[str, tuple[float, float]]
    """By value code and "level": least and most, probability scale; they reach over the estimate."""

    @classmethod
    def of(cls, contrasted: Contrasted, codes: tuple[str, ...]) -> "ChangeNote":
        """The note of a contrast that has bounds."""
        found = contrasted.bounds
        assert found is not None
        lows = (*found.theta.low.tolist(), *found.level.low.tolist())
        highs = (*found.theta.high.tolist(), *found.level.high.tolist())
        return cls(
            condition=contrasted.condition,
            reference=contrasted.reference,
            construct=contrasted.construct,
            measure=contrasted.measure,
            lacking=found.lacking,
            items=found.items,
            bounds={
                name: (round(low, 6) + 0.0, round(high, 6) + 0.0)
                for name, low, high in zip((*codes, "level"), lows, highs, strict=True)
            },
        )


@dataclass(frozen=True, slots=True)
class ValueName:
    """A value as tables and people call it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run says; the same answers give the same summary, byte for byte."""

    kind: str
    """"bench"; or what kind of run it is that asked these questions by the way."""
    status: Literal["empty", "unfinished", "done"]
    respondent: str
    headline: str
    """One to a few sentences; names no value where a gate fails."""
    personas: tuple[PersonaSentence, ...]
    planned: int
    answered: int
    """Asks with a stored answer, of whatever outcome but error."""
    failed: int
    """Asks that failed for good so far; a resumed run asks them again."""
    missing: int
    screening: bool
    """A quick run: wide intervals, for a first look."""
    reference: str | None
    """The condition that others are compared with."""
    conditions: tuple[str, ...]
    constructs: tuple[str, ...]
    values: tuple[ValueName, ...]
    estimates: tuple[EstimateNote, ...]
    changes: tuple[ChangeNote, ...]
    """Of contrasts in which an item lacks a choice."""
    paper: tuple[PaperNote, ...]
    agreements: tuple[AgreementNote, ...]
    checks: ChecksNote
    notes: tuple[str, ...]
    """What was done otherwise than the instrument's defaults say, short sets and covariates out of balance."""
    format_version: int = field(default=FORMAT)

    def json(self) -> str:
        """Keys sorted, two blanks of indent, a final newline."""
        plain: dict[str, Any] = asdict(self)
        return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
