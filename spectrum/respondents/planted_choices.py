"""How a planted respondent chooses: a softmax over options, and what it is expected to accept."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from spectrum.answers import ChoiceSpec
from video_index.keyed import Part, uniform

_NODES = 64


def logit(probability: float) -> float:
    """log(p / (1 - p)), with p held inside 1e-9 and 1 - 1e-9, so that sure answers stay finite."""
    held = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(held / (1 - held))


def normal(*key: Part) -> float:
    """A standard normal draw from a key."""
    return NormalDist().inv_cdf(min(max(uniform(*key), 1e-12), 1 - 1e-12))


def choice_probabilities(
    accept_logit: float, spec: ChoiceSpec, yes_bias: float, order_bias: float
) -> tuple[float, ...]:
    """Softmax over the options of accept_logit x acceptance, plus the biases; sums to 1.

    `yes_bias` goes to an option spelled "yes", `order_bias` to the first-named option (both in logits). With
    two options of acceptance 1 and 0 and no bias, the first gets exactly the acceptance probability.
    """
    logits = [accept_logit * acceptance for acceptance in spec.acceptance]
    logits[0] += order_bias
    for place, option in enumerate(spec.options):
        if option.strip().casefold() == "yes":
            logits[place] += yes_bias
    top = max(logits)
    weights = [math.exp(value - top) for value in logits]
    return tuple(weight / sum(weights) for weight in weights)


def expected_acceptance(
    acceptance: NDArray[np.float64], *, yes_bias: float = 0.0, order_bias: float = 0.0, logit_sd: float = 0.0
) -> NDArray[np.float64]:
    """1/2 [P(yes | would) + P(no | would not)] of sampled answers to a stem pair whose options are yes, no.

    `acceptance`: probabilities that clips are accepted, any shape; the same shape comes back. `logit_sd` is
    the SD of everything random on the logit scale (wording, clip x wording and noise SDs, squared and added,
    rooted); it is integrated out by 64-point Gauss-Hermite quadrature. Given that the respondent answers:
    refusals are another outcome. With no bias and no spread this is `acceptance` itself; a yes-bias draws it
    towards one half (MEASUREMENT: the recovery gate compares with this, not with the unbiased share).
    """
    held = np.clip(np.asarray(acceptance, dtype=np.float64), 1e-9, 1 - 1e-9)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    logits = np.log(held / (1 - held))[..., None] + logit_sd * nodes
    bias = yes_bias + order_bias
    pair = 0.5 * (_sigmoid(logits + bias) + _sigmoid(logits - bias))
    expected: NDArray[np.float64] = pair @ (weights / weights.sum())
    return expected


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * values))
    return result
