import numpy as np

from spectrum.compare.differences import _logit_difference
from spectrum.stats.observations import Framing, Observations


def stems(only_would: int | None) -> Observations:
    """40 clips a value of three, answered by coin in 6 wordings; of one value's clips the would stem alone."""
    labels = np.repeat(np.eye(3), 40, axis=0)
    clips, wordings = np.arange(120), np.arange(6)
    clip, wording, framing = (part.ravel() for part in np.meshgrid(clips, wordings, [0, 1], indexing="ij"))
    kept = (framing == Framing.WOULD) | (labels[clip].argmax(axis=1) != only_would)
    response = (np.random.default_rng(5).random(clip.size) < 0.6).astype(np.float64)
    answers = Observations(response, clip, wording, framing, labels, clips, np.zeros((120, 0)))
    return answers.keep(kept)


def test_a_difference_has_a_logit_scale_where_both_stems_were_answered() -> None:
    found = _logit_difference([stems(None), stems(None)])
    assert found is not None and np.abs(found.estimate).max() == 0.0


def test_a_value_of_which_one_stem_was_answered_leaves_the_logit_scale_out() -> None:
    """Its yes-bias cannot be told from its liking; the probability scale still holds, and the comparison goes on."""
    assert _logit_difference([stems(0), stems(0)]) is None
