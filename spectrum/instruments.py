"""Value questionnaires by name: their scoring keys, which are facts, and never their wording, which has owners."""

from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from spectrum.documents import open_document, parse_document
from spectrum.errors import ConfigError
from spectrum.stats.observations import FloatArray
from spectrum.stats.rank_agreement import rank_correlation
from spectrum.stats.scoring import Direction, ScoringKey, ValueScores, score
from spectrum.values import SCHWARTZ, ValueSystem

PEOPLES_ORDER = ("BE", "SD", "UN", "SE", "CO", "AC", "HE", "ST", "TR", "PO")
"""How people in most societies rank the ten values, highest first (Schwartz and Bardi 2001, J. Cross-Cultural
Psychology 32). The only human reference there is here: an order, no means, no norms."""


class Instrument(BaseModel):
    """A questionnaire's key over a value system's codes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    count: int = Field(ge=1)
    """Items."""
    low: int
    high: int
    direction: Direction | None
    """Which end of the printed scale means "like me"; None where files are coded either way."""
    names: tuple[str, ...] = ()
    """Column names in published files, in the items' order."""
    key: dict[str, tuple[int, ...]]

    @model_validator(mode="after")
    def _fits(self) -> "Instrument":
        self.scoring(tuple(self.key))
        if self.names and len(self.names) != self.count:
            raise ValueError(f"names: {len(self.names)} names for {self.count} items")
        return self

    def scoring(self, codes: tuple[str, ...]) -> ScoringKey:
        """The key with a row a code, in their order."""
        return ScoringKey(tuple(self.key[code] for code in codes), self.count, self.low, self.high)

    def score(
        self, answers: FloatArray, direction: Direction | None = None, system: ValueSystem = SCHWARTZ
    ) -> ValueScores:
        """Scores (n, values) in the system's order from answers (n, items). See spectrum.stats.scoring.score.

        Raises ConfigError where the direction is neither fixed by the instrument nor given.
        """
        said = direction or self.direction
        if said is None:
            raise ConfigError(
                f"files of the {self.name} are coded both ways: say whether 'high is like me' or 'low is like me'"
            )
        return score(answers, self.scoring(system.codes), said)

    def value_of(self, column: str) -> str | None:
        """The code that a published column counts in; None where it is no column of the instrument.

        Newer survey rounds add a suffix letter "a" or "b" to the names.
        """
        plain = column.casefold()
        for number, name in enumerate(self.names, start=1):
            if plain in (name, f"{name}a", f"{name}b"):
                return next((code for code, items in self.key.items() if number in items), None)
        return None


def load_instrument(path: str | Path) -> Instrument:
    """A questionnaire's key by name ("pvq21", "pvq40", "svs") or from a YAML file. Raises ConfigError."""
    return parse_document(open_document("instruments", path), Instrument)


def agreement_with_people(profile: FloatArray, system: ValueSystem = SCHWARTZ) -> float:
    """Spearman's rank correlation of a profile (values,) in the system's order with people's order; ties share a rank.

    Two real samples of people agree with that order by .75 and .74 themselves, so 1 would not be more human. NaN for
    a flat profile, which has no order.
    """
    if np.ptp(profile) < 1e-12:
        return float("nan")
    people = np.array([-PEOPLES_ORDER.index(code) for code in system.codes], dtype=np.float64)
    return rank_correlation(profile, people).rho
