"""Gate: respondents who like faces, text, light or a direction of the clip space, and no value.

Value sets differ by chance in what their clips look like (their means by .2 SD), so an absolute profile finds
"preferences": its rate is printed. What all respondents like about a clip cancels in a difference on identical items.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spectrum.calibration.answers import answer, wording_effects
from spectrum.calibration.asked import VALUES, Asked, ask_about, one_value_each
from spectrum.calibration.batches import BATCH
from spectrum.calibration.false_positives import any_value, counted
from spectrum.calibration.gate import Effort, GateResult, Tell, joined
from spectrum.calibration.worlds import Spread
from spectrum.stats.contrast import estimate_contrast, paired
from spectrum.stats.observations import BoolArray, FloatArray, Observations
from spectrum.stats.profile import estimate_profile

GATE = "confounds"
LIKED = ("faces", "text", "brightness", "a random CLIP direction")
CLIPS_A_VALUE = 100
SETS_DIFFER = 0.2
"""SD of the value sets' means in what is liked, in SDs of its spread over clips."""
LIKING = 1.0
"""Logits a SD: all of the clips' spread comes from what is liked."""
SPREAD = Spread(clip=LIKING)
OWN_VALUE_WORDING = 0.15
PANEL = 5
DIMENSIONS = 64
FULL, FAST = 2000, 200
_LEVEL = 0.3

_TESTS = {
    "persona": "persona minus neutral",
    "panel": "model minus reference panel",
    "higher": "persona that accepts all clips more (+1 logit), minus neutral",
    "stronger": "model that likes it twice as much, minus panel",
    "alone": "absolute profile",
    "adjusted": "absolute profile, adjusted for what was measured",
}
_GATED = ("persona", "panel")


@dataclass(frozen=True, slots=True)
class Confounds:
    """The gate."""

    liked: tuple[str, ...] = LIKED
    name: str = GATE
    about: str = "a liking for faces, text, light or a CLIP direction makes no difference between respondents"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Every liking; the smoke version the last of them, and only what is gated."""
        return joined([_respondents(liked, effort, tell) for liked in self.liked[-1 if effort.fast else 0 :]])


def _respondents(liked: str, effort: Effort, tell: Tell) -> GateResult:
    tell(f"likes {liked}")
    found = list(_found(liked, effort.of(FULL, FAST), effort.rng(GATE, liked), printed=not effort.fast))
    return joined(
        [
            counted(GATE, f"likes {liked}", text, np.concatenate([one[test] for one in found]), gated=test in _GATED)
            for test, text in _TESTS.items()
            if test in found[0]
        ]
    )


def _found(liked: str, runs: int, rng: np.random.Generator, *, printed: bool) -> Iterator[dict[str, BoolArray]]:
    """Clips are drawn anew for every batch: what the sets have in common by chance must vary."""
    for start in range(0, runs, BATCH):
        asked = ask_about(one_value_each(CLIPS_A_VALUE), rng)
        seen = looks(liked, asked, rng)
        yield _tests(liked, asked, seen, min(BATCH, runs - start), rng, printed=printed)


def looks(liked: str, asked: Asked, rng: np.random.Generator) -> FloatArray:
    """(m,) how much of it each clip has, in SDs: skewed for faces and text, normal for light and directions."""
    clips = asked.labels.shape[0]
    if liked == LIKED[-1]:
        centroids = rng.normal(0.0, SETS_DIFFER, (VALUES, DIMENSIONS))
        vectors = asked.labels @ centroids + rng.normal(size=(clips, DIMENSIONS))
        direction = rng.normal(size=DIMENSIONS)
        return np.asarray(vectors @ direction / np.linalg.norm(direction), dtype=np.float64)
    latent = asked.labels @ rng.normal(0.0, SETS_DIFFER, VALUES) + rng.normal(size=clips)
    if liked == "faces":
        measured = np.digitize(latent, (0.3, 1.0, 1.6)).astype(np.float64)
    elif liked == "text":
        measured = np.maximum(latent, 0.0)
    else:
        measured = latent
    return np.asarray((measured - measured.mean()) / measured.std(), dtype=np.float64)


def _tests(
    liked: str, asked: Asked, seen: FloatArray, runs: int, rng: np.random.Generator, *, printed: bool
) -> dict[str, BoolArray]:
    items = np.arange(asked.clip.size)
    shared = wording_effects(asked, SPREAD, runs, rng)

    def answers(strength: float = LIKING, level: float = _LEVEL) -> Observations:
        """Of another respondent, or condition, that likes the same; its wordings in part its own."""
        logits = np.broadcast_to((level + strength * seen)[:, None, None], (seen.size, len(asked.framings), runs))
        own = shared + OWN_VALUE_WORDING * rng.normal(size=shared.shape)
        return asked.observations(answer(asked, logits, own, SPREAD.clip_wording, rng))

    def differs(ours: Observations, theirs: Observations) -> BoolArray:
        return any_value(estimate_contrast(paired(ours, items, theirs, items)).theta)

    neutral = answers()
    panel = asked.observations(np.mean([answers().response for _ in range(PANEL)], axis=0))
    found = {"persona": differs(answers(), neutral), "panel": differs(neutral, panel)}
    if not printed:
        return found
    found |= {
        "higher": differs(answers(level=_LEVEL + 1.0), neutral),
        "stronger": differs(answers(2 * LIKING), panel),
        "alone": any_value(estimate_profile(neutral).theta),
    }
    if liked != LIKED[-1]:
        adjusted = asked.measured(seen[:, None]).observations(neutral.response)
        found["adjusted"] = any_value(estimate_profile(adjusted).theta)
    return found
