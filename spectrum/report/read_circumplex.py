"""summary.json of a circumplex folder as its page reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CosineView:
    """r = level + amplitude cos(angle), the share of variance it explains, and the mean correlation by steps apart."""

    level: float
    amplitude: float
    fit: float
    mean_by_step: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ModelView:
    """Fit of Browne's circular model."""

    chi_square: float
    df: int
    p: float
    rmsea: float
    cfi: float
    tli: float
    srmr: float


@dataclass(frozen=True, slots=True)
class CircumplexSummary:
    """summary.json as the page reads it; newer ones may hold more."""

    headline: str
    profiles: int
    found: bool
    correspondence_index: float
    predictions: int
    met: int
    p: float
    congruence: float
    congruence_p: float
    stress: float
    exact: bool = True
    cosine: CosineView | None = None
    model: ModelView | None = None
    no_model: str | None = None
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
