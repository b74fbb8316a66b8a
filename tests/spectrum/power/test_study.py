"""Power against the project's own numbers, and the curve against a simulation of what it promises."""

import pytest

from spectrum.calibration.worlds import Spread
from spectrum.errors import ConfigError
from spectrum.power.cost import Prices, cost
from spectrum.power.design import Design
from spectrum.power.detect import Share, detect
from spectrum.power.needed import Curve
from spectrum.power.study import study, study_summary


def test_the_default_design_has_the_half_widths_that_are_stated_for_it() -> None:
    """100 clips a value x 12 wordings (4 a clip): .05 to .06; 40 clips: about .08."""
    rows = {clips: detect(Design(0.05), clips, 60, 0, paired=False).profile for clips in (40, 100)}
    assert rows[100] is not None and rows[40] is not None
    assert 0.05 <= rows[100].half_width <= 0.06
    assert 0.07 <= rows[40].half_width <= 0.085
    assert rows[100].half_width_error < 0.001


def test_no_effect_is_found_in_few_runs_and_a_large_one_in_all() -> None:
    tiny = detect(Design(1e-9), 30, 100, 1)
    assert tiny.profile is not None and tiny.paired is not None
    assert tiny.profile.power.share <= 0.05 and tiny.paired.power.share <= 0.05
    large = detect(Design(0.3), 40, 40, 1)
    assert large.profile is not None and large.paired is not None
    assert large.profile.power.share >= 0.95 and large.paired.power.share >= 0.9


def test_what_two_respondents_share_makes_a_pair_more_precise() -> None:
    widths = {}
    for correlation in (0.0, 0.9):
        row = detect(Design(0.05, correlation=correlation), 40, 40, 0, profile=False)
        assert row.profile is None and row.paired is not None
        widths[correlation] = row.paired.half_width
    assert widths[0.9] < 0.85 * widths[0.0]


def test_the_same_seed_gives_the_same_study_and_another_one_another() -> None:
    one, again, other = (study(Design(0.1), (10, 15), 20, seed) for seed in (1, 1, 2))
    assert study_summary(one) == study_summary(again)
    assert one.rows != other.rows


def test_the_curve_promises_what_a_simulation_keeps() -> None:
    """Clips for 80% are read off two other numbers of clips; at that number power is near 80%."""
    design = Design(0.12)
    found = study(design, (25, 60), 150, 3, paired=False)
    assert found.profile is not None
    needed = found.profile.clips_for(design.effect)
    assert needed is not None and 30 < needed < 400
    there = detect(design, needed, 150, 4, paired=False).profile
    assert there is not None
    assert 0.68 <= there.power.share <= 0.92
    assert found.profile.effect_at(needed) == pytest.approx(design.effect, rel=0.01)


def test_where_wordings_limit_no_number_of_clips_suffices() -> None:
    few = Design(0.05, wordings=6, per_clip=6, spread=Spread(value_wording=0.6))
    found = study(few, (30, 120), 40, 0, paired=False)
    assert found.profile is not None
    assert found.profile.floor > 0
    assert found.profile.clips_for(few.effect) is None


def test_a_curve_through_known_points_is_that_curve() -> None:
    from spectrum.power.detect import Detected

    def seen(se: float) -> Detected:
        return Detected(2 * se, 0.0, se, 60.0, Share.of(0, 100), 0)

    errors = [(0.04 / clips + 0.0001) ** 0.5 for clips in (50, 100, 200)]
    curve = Curve.of(0.1, (50, 100, 200), [seen(error) for error in errors])
    assert (curve.shrinking, curve.floor) == pytest.approx((0.04, 0.0001))
    assert curve.shift == 0.0
    alone = Curve.of(0.1, (50,), [seen(errors[0])])
    assert alone.floor == 0.0


def test_asks_tokens_hours_and_money_are_counted_with_controls() -> None:
    design = Design(0.05)
    assert design.asks_a_clip == 16
    whole = cost(design, 100, None, Prices(700, 0.5, 4.0))
    assert (whole.clips, whole.asks, whole.tokens) == (2000, 32000, 22.4e6)
    assert whole.hours == pytest.approx(32000 / 4 / 3600)
    assert whole.money == pytest.approx(11.2)
    assert cost(Design(0.05, repeats=3, per_clip=2), 100, 0, Prices()).asks == 1000 * 2 * 4 * 3
    assert cost(design, 100, 0, Prices()).hours is None


def test_a_share_of_none_still_has_an_error() -> None:
    assert 0 < Share.of(0, 100).error < 0.02
    assert Share.of(50, 100).error == pytest.approx(0.05)


def test_too_few_clips_say_so() -> None:
    with pytest.raises(ConfigError, match="give more --clips"):
        detect(Design(0.05), 2, 20, 0)
