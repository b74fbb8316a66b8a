"""Corrections for many tests against R's p.adjust."""

import numpy as np
import pytest

from spectrum.stats.intervals import holm
from tests.support.reference import golden

# The fifteen p-values of Benjamini and Hochberg (1995, JRSS B 57), section 3, adjusted by R's p.adjust.
P = np.array(
    [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0]
)
HOLM = [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1, 1, 1, 1, 1, 1]


def test_holm_as_r_has_it() -> None:
    assert holm(P) == pytest.approx(HOLM, abs=1e-9)


def test_holm_and_the_library_s_false_discovery_rate_agree_with_the_shared_reference() -> None:
    from scipy.stats import false_discovery_control

    reference = golden("p_adjust")
    p = np.array(reference["p"])
    assert p.tolist() == P.tolist()
    assert holm(p) == pytest.approx(reference["holm"], abs=1e-9)
    assert false_discovery_control(p) == pytest.approx(reference["bh"], abs=5e-8)
    assert (holm(p) < 0.05).sum() == 3 and (np.array(reference["bh"]) < 0.05).sum() == 4
