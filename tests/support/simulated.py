"""Respondents simulated in numpy, with their truth by quadrature: what the estimators are judged against."""

from dataclasses import dataclass, field

import numpy as np

from spectrum.stats.observations import FloatArray, Framing, Observations

FRAMINGS = (Framing.WOULD, Framing.WOULD_NOT, Framing.FIRST, Framing.SECOND)


@dataclass(frozen=True)
class Planted:
    """A respondent on the logit scale, and the bank it is asked from. Defaults are the gates' own."""

    theta: FloatArray = field(default_factory=lambda: np.zeros(10))
    level: float = 0.3
    yes_bias: float = 0.0
    order_bias: float = 0.0
    clips_a_value: int = 100
    wordings: int = 12
    wordings_a_clip: int = 4
    clip_sd: float = 1.0
    wording_sd: float = 0.5
    value_wording_sd: float = 0.3
    clip_wording_sd: float = 0.5
    framings: tuple[Framing, ...] = FRAMINGS
    understands_negation: bool = True

    def logits(self, eta: FloatArray, framing: np.ndarray) -> FloatArray:
        """Logit of ACCEPTANCE under each framing: a yes-bias pushes would up and reversed would-not down."""
        would_not = -self.yes_bias + (eta if self.understands_negation else -eta)
        shifted = np.where(framing == Framing.WOULD, eta + self.yes_bias, eta)
        shifted = np.where(framing == Framing.WOULD_NOT, would_not, shifted)
        shifted = np.where(framing == Framing.FIRST, shifted + self.order_bias, shifted)
        return np.where(framing == Framing.SECOND, shifted - self.order_bias, shifted)

    def truth(self, wording_and_value: FloatArray | None = None) -> tuple[FloatArray, float]:
        """theta and level on the probability scale, over clips and wordings (or given the wordings' effects)."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(61)
        spread = self.clip_sd**2 + self.clip_wording_sd**2
        if wording_and_value is None:
            spread += self.wording_sd**2 + self.value_wording_sd**2
            wording_and_value = np.zeros((self.theta.size, 1))
        centre = self.level + self.theta[:, None, None] + wording_and_value[:, :, None]
        eta = centre + np.sqrt(spread) * nodes
        accepted = np.mean([sigmoid(self.logits(eta, np.asarray(f))) for f in self.framings], axis=0)
        means = (accepted @ (weights / weights.sum())).mean(axis=1)
        return means - means.mean(), float(means.mean())

    def draw(self, rng: np.random.Generator) -> tuple[Observations, FloatArray]:
        """One run's answers (one value a clip), and the wordings' effects by value, (v, w)."""
        values, clips = self.theta.size, self.theta.size * self.clips_a_value
        value = np.repeat(np.arange(values), self.clips_a_value)
        clip_effect = rng.normal(0, self.clip_sd, clips)
        wording_effect = rng.normal(0, self.wording_sd, self.wordings) + rng.normal(
            0, self.value_wording_sd, (values, self.wordings)
        )
        both = rng.normal(0, self.clip_wording_sd, (clips, self.wordings))
        asked = np.argsort(rng.random((clips, self.wordings)), axis=1)[:, : self.wordings_a_clip]
        forms = len(self.framings)
        clip = np.repeat(np.arange(clips), asked.shape[1] * forms)
        wording = np.repeat(asked.ravel(), forms)
        framing = np.tile([int(f) for f in self.framings], clips * asked.shape[1])
        eta = self.level + self.theta[value[clip]] + clip_effect[clip]
        eta = eta + wording_effect[value[clip], wording] + both[clip, wording]
        accepted = (rng.random(clip.size) < sigmoid(self.logits(eta, framing))).astype(np.float64)
        labels = (value[:, None] == np.arange(values)).astype(np.float64)
        observations = Observations(accepted, clip, wording, framing, labels, np.arange(clips), np.zeros((clips, 0)))
        return observations, wording_effect


def sigmoid(x: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + np.exp(-x))
