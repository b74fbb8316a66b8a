"""How good labels are against people's judgements, and the labels that a regression should have used."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LabelQuality:
    """Of each value's set, (v,) each; NaN where nothing was audited."""

    audited: FloatArray
    """Audited clips of the set."""
    precision: FloatArray
    """Share of the set that people see the value in (weighted: clips of two sets are audited more often)."""
    precision_low: FloatArray
    precision_high: FloatArray
    """95%, Wilson's with the effective number of audited clips."""
    recall: FloatArray
    """Share of what shows the value that is in its set, over the clips that could have been drawn (weighted)."""


def label_quality(in_set: BoolArray, truth: FloatArray, weight: FloatArray) -> LabelQuality:
    """Precision with Wilson's interval, and recall, of each value's set.

    in_set, truth: (a, v) over audited clips, truth the share of raters who saw the value; weight: (a,) inverse
    probability of being drawn, by Hajek's ratio estimator. Of clips with unequal weights Wilson's n is
    (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling).
    """
    from scipy.stats import norm

    audited = in_set.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mass = weight @ in_set
        precision = np.where(audited > 0, weight @ (in_set * truth) / mass, np.nan)
        shown = weight @ truth
        recall = np.where(shown > 0, weight @ (truth * in_set) / shown, np.nan)
        z = float(norm.ppf(0.975))
        count = mass**2 / (weight**2 @ in_set)
        centre = (precision + z**2 / (2 * count)) / (1 + z**2 / count)
        half = z * np.sqrt(precision * (1 - precision) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return LabelQuality(audited, precision, np.maximum(centre - half, 0), np.minimum(centre + half, 1), recall)


def rater_kappa(by_rater: FloatArray) -> FloatArray:
    """Cohen's kappa a value, averaged over pairs of raters by the clips they share; (v,), NaN where undefined.

    by_rater: (r, a, v) 1 or 0, NaN where a rater has not judged a clip (Cohen 1960, Educational and Psychological
    Measurement 20).
    """
    raters, _, values = by_rater.shape
    total, mass = np.zeros(values), np.zeros(values)
    for one in range(raters):
        for two in range(one + 1, raters):
            both = ~np.isnan(by_rater[one, :, 0]) & ~np.isnan(by_rater[two, :, 0])
            if not both.any():
                continue
            a, b = by_rater[one, both], by_rater[two, both]
            p, q = a.mean(axis=0), b.mean(axis=0)
            chance = p * q + (1 - p) * (1 - q)
            defined = chance < 1 - 1e-12
            kappa = np.where(defined, ((a == b).mean(axis=0) - chance) / np.where(defined, 1 - chance, 1), 0.0)
            total += kappa * both.sum() * defined
            mass += both.sum() * defined
    return np.where(mass > 0, total / np.where(mass > 0, mass, 1), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What people would have said, expected from the labels: truth = offset + labels @ slope."""

    offset: FloatArray
    """(v,)"""
    slope: FloatArray
    """(v, v) column: the value that people see."""

    @property
    def condition_number(self) -> float:
        """Of the slope on differences between values, which is all that a profile holds; 1 for perfect labels.

        How much correcting multiplies noise by. Where people see one value a clip, their sum does not differ
        between clips, and a number for it would be infinite and mean nothing.
        """
        values = self.slope.shape[0]
        differences = np.linalg.svd(np.eye(values) - 1.0 / values)[0][:, : values - 1]
        return float(np.linalg.cond(differences.T @ self.slope @ differences))

    def apply(self, labels: FloatArray) -> FloatArray:
        """Expected judgements (m, v) of clips with these labels, within 0 and 1; NaN rows stay NaN."""
        return np.clip(self.offset + labels @ self.slope, 0.0, 1.0)


def calibrate(labels: FloatArray, truth: FloatArray, weight: FloatArray) -> Calibration:
    """Weighted least squares of judgements on labels over the audited clips (regression calibration).

    labels, truth: (a, v); weight: (a,). Putting the expected truth in place of error-prone covariates makes the
    coefficients of a linear regression consistent (Carroll, Ruppert, Stefanski and Crainiceanu 2006, Measurement
    Error in Nonlinear Models, chapter 4), where errors of labels do not depend on the answer given what is shown.
    """
    root = np.sqrt(weight)[:, None]
    columns = np.hstack([np.ones((labels.shape[0], 1)), labels])
    coefficients = np.linalg.lstsq(columns * root, truth * root, rcond=None)[0]
    return Calibration(coefficients[0], coefficients[1:])
