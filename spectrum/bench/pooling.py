"""Which framings of a question may be pooled: those that agree about the clips."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import NAMED, STEMS, BoolArray, Framing, IntArray, Observations
from spectrum.stats.polarity import FEWEST_CLIPS, PASS_ABOVE, Coherence, Verdict, coherence
from spectrum.stats.profile import SAME_ANSWER


@dataclass(frozen=True, slots=True)
class Pooling:
    """Coherence of the stem pair and of the two option orders, and what is pooled because of them."""

    stems: Coherence | None
    """None where the stem pair was not asked."""
    orders: Coherence | None
    """None where named options were not asked."""
    framings: tuple[Framing, ...]
    """Pooled: the stems where they pass, named options unless reversed, any other question as it is."""

    def rows(self, framing: IntArray) -> BoolArray:
        """Which of these framings are pooled."""
        return np.asarray(np.isin(framing, self.framings), dtype=np.bool_)

    @property
    def problem(self) -> str | None:
        """Why nothing can be pooled, as the end of "because ..."; None where something can."""
        if self.framings or (self.stems is None and self.orders is None):
            return None
        if self.orders is not None:
            return f"it chose by the place of an option and not by the clip ({told(self.orders)})"
        assert self.stems is not None
        if self.stems.verdict is Verdict.REVERSED:
            return f"negation was not understood ({told(self.stems)})"
        if self.stems.clips < FEWEST_CLIPS:
            return f"{self.stems.clips} independent clips are too few to tell whether negation was understood"
        if self.stems.correlation is None:
            return SAME_ANSWER
        return f"it is undecided whether negation was understood ({told(self.stems)})"


def told(coherence: Coherence) -> str:
    """The correlation with its interval and the threshold, in words."""
    if coherence.correlation is None:
        return f"no correlation over {coherence.clips} clips"
    return (
        f"correlation over {coherence.clips:,} clips {coherence.correlation:.2f} "
        f"[{coherence.low:.2f}, {coherence.high:.2f}], needed: lower end above {PASS_ABOVE:g}"
    )


def pool(observations: Observations) -> Pooling:
    """Decide from the answers of one condition and construct.

    Reversed stems pool only where clip-level coherence passes; where it does not, the profile is that of the
    named options, which hold no negation and whose two orders cancel a liking for the first-named.
    """
    asked = np.unique(observations.framing)
    stems = coherence(observations, *STEMS) if np.isin(STEMS, asked).any() else None
    orders = coherence(observations, *NAMED) if np.isin(NAMED, asked).any() else None
    kept: list[Framing] = []
    if stems is not None and stems.verdict is Verdict.PASSES:
        kept += STEMS
    if orders is not None and orders.verdict is not Verdict.REVERSED:
        kept += NAMED
    if Framing.OTHER in asked:
        kept.append(Framing.OTHER)
    return Pooling(stems, orders, tuple(kept))
