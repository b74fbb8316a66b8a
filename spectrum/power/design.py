"""A planned run: how many clips and wordings, of what kind of respondent."""

from dataclasses import dataclass, field

from spectrum.calibration.asked import VALUES
from spectrum.calibration.worlds import Spread
from spectrum.errors import ConfigError
from spectrum.questions import BLOCKS

FORMS = 2
"""Of a wording in a block: two stems, or two orders of the options."""


@dataclass(frozen=True, slots=True)
class Design:
    """A design and the respondents it is simulated with. Defaults are those of `spectrum bench`."""

    effect: float
    """One value's acceptance minus the mean over the values, probability scale."""
    wordings: int = 12
    per_clip: int = 4
    """Wordings a clip gets in each block."""
    repeats: int = 1
    """Times each ask is put, under decoding that draws."""
    bias: float = 0.0
    """Yes-bias in logits: moves the stems apart and leaves the named options alone."""
    acceptance: float = 0.55
    """Share of clips of the average value that is accepted, before any bias."""
    correlation: float = 0.5
    """Between two respondents' likings of clips and wordings; for the paired comparison."""
    spread: Spread = field(default_factory=Spread)

    def __post_init__(self) -> None:
        if not 1 <= self.per_clip <= self.wordings:
            raise ConfigError(
                f"{self.per_clip} wordings a clip cannot be drawn from {self.wordings}; give --per-clip from 1 to "
                f"{self.wordings}"
            )
        highest = self.acceptance + self.effect * VALUES / (VALUES - 1)
        if self.effect == 0 or not 0.02 <= highest <= 0.98:
            raise ConfigError(
                f"an effect of {self.effect:g} at an acceptance of {self.acceptance:g} leaves no clips to accept or "
                "reject; give --effect between -1 and 1, not 0, such as 0.05 for five points"
            )

    @property
    def asks_a_clip(self) -> int:
        """Under one condition."""
        return self.per_clip * len(BLOCKS) * FORMS * self.repeats
