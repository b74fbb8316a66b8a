from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spectrum.bench.estimates import PROBABILITY, WRITTEN, estimate
from spectrum.bench.read_sheet import read_sheet
from spectrum.bench.reliability import COMPONENTS, Reliability, reliability, reliability_rows
from spectrum.bench.run import run_bench
from spectrum.report.reliability import reliability_lines
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.runs.table_files import table_of
from spectrum.runs.tables import RELIABILITY
from spectrum.stats.split_half import SplitHalf
from spectrum.values import SCHWARTZ
from tests.support.benches import make_plan, make_suite, make_view, planted
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, always_yes, refuses, simulated_clips
from video_index.keyed import uniform

HEDONIST = tuple(3.0 if value.code == "HE" else -3.0 if value.code == "PO" else 0.0 for value in SCHWARTZ.values)
FLAT = (0.0,) * 10
NAMES = SCHWARTZ.names


def of(folder: Path, condition: str = "neutral", measure: str = WRITTEN) -> Reliability:
    sheet = read_sheet(folder, 10)
    return reliability(sheet, estimate(sheet, condition, "like", measure, NAMES))


def written(tmp_path: Path, answers: Callable[[SimulatedAsk], object], a_value: int = 20) -> Path:
    run = SimulatedRun(simulated_clips(a_value), ("neutral",), wordings=8)
    return run.write(tmp_path / "run", answers).root  # type: ignore[arg-type]


def test_a_strong_profile_is_reproducible_and_its_variance_lies_in_values(tmp_path: Path) -> None:
    found = of(written(tmp_path, Likes({"neutral": HEDONIST})))
    both = found.halves["both"]
    assert isinstance(both, SplitHalf) and both.reliability > 0.8
    assert found.verdict.startswith("the profile is reproducible over clips and wordings (halves that differ")
    assert not isinstance(found.general, str)
    assert found.general.coefficient > 0.8 and found.general.components.share("value") > 0.05
    assert set(found.general.components.estimates) == set(COMPONENTS)
    assert found.orders is not None and found.stems is not None
    assert found.orders.differ == 0.0 and found.orders.kappa == pytest.approx(1.0)


def test_a_respondent_without_preferences_must_not_be_ranked(tmp_path: Path) -> None:
    found = of(written(tmp_path, Likes({"neutral": FLAT}), a_value=30))
    both = found.halves["both"]
    assert isinstance(both, SplitHalf) and both.reliability < 0.5
    assert found.verdict.startswith("values may not be compared: the profile is mostly clips, wordings and chance")


def test_answers_that_turn_with_the_order_of_options_are_counted(tmp_path: Path) -> None:
    likes = Likes({"neutral": HEDONIST})

    def takes_the_first(ask: SimulatedAsk) -> StoredAnswer:
        said = likes(ask)
        if ask.form in ("first", "second") and uniform("lazy", ask.clip.clip_id, ask.wording) < 0.6:
            return StoredAnswer(ask.ask_id, "choice", ask.options[0], text=ask.options[0])
        return said

    found = of(written(tmp_path, takes_the_first))
    assert found.orders is not None
    # The named forms of this run differ in which word is accepting, so the first word is two different answers.
    assert found.orders.differ == pytest.approx(0.6, abs=0.08)
    assert "of the answers turn with the order of the options" in found.verdict
    assert found.stems is not None and found.stems.differ == 0.0


def test_nothing_is_concluded_where_there_is_no_profile(tmp_path: Path) -> None:
    for number, answers in enumerate((always_yes, refuses)):
        found = of(written(tmp_path / str(number), answers))
        assert found.verdict.startswith("nothing can be concluded, because ")
        assert all(isinstance(half, str) for half in found.halves.values()) or answers is always_yes


def test_one_asking_has_no_retest(tmp_path: Path) -> None:
    found = of(written(tmp_path, Likes({"neutral": HEDONIST}), a_value=5))
    assert found.retest.agreement is None and found.retest.reason is not None
    assert "asked once" in found.retest.reason


def repeated(folder: Path, **options: object) -> Path:
    """A real bench with each ask put twice."""
    suite = make_suite(per_value=3)
    respondent = planted(suite, refusal=0.0)
    if options:
        from spectrum.respondents.planted import PlantedRespondent

        ids = [clip.clip.clip_id for clip in suite.clips]
        tables = {"neutral": {each: uniform("neutral", each) for each in ids}}
        respondent = PlantedRespondent("planted:test", tables, **options)  # type: ignore[arg-type]
    run_bench(
        make_plan(suite, respondent, repeats=2), respondent, folder, view_factory=make_view, config={},
        tally=lambda folder: None, thumbnails_a_set=0,
    )  # fmt: skip
    return folder


def test_sampled_repeats_have_a_retest_and_identical_greedy_ones_are_not_estimable(tmp_path: Path) -> None:
    sampled = of(repeated(tmp_path / "sampled")).retest
    assert sampled.items > 300
    # Clips accepted with probability p, p uniform: the share of variance between clips is 1/12 over 1/4.
    assert sampled.agreement == pytest.approx(1 / 3, abs=0.15)
    greedy = of(repeated(tmp_path / "greedy", sample=False)).retest
    assert greedy.items == sampled.items and greedy.agreement is None
    assert greedy.reason is not None and "greedy decoding gives the same answer" in greedy.reason


def test_the_table_holds_every_part_once_and_the_same_answers_give_the_same_rows(tmp_path: Path) -> None:
    folder = written(tmp_path, Likes({"neutral": HEDONIST}))
    sheet = read_sheet(folder, 10)
    estimates = [estimate(sheet, "neutral", "like", measure, NAMES) for measure in (WRITTEN, PROBABILITY)]
    rows = reliability_rows(sheet, estimates)
    table = table_of(rows, RELIABILITY)
    assert table.equals(table_of(reliability_rows(sheet, estimates), RELIABILITY))
    keys = [(row["measure"], row["statistic"], row["part"]) for row in table.to_pylist()]
    assert len(set(keys)) == len(keys) == 2 * (1 + 3 + 1 + 4 + 1 + len(COMPONENTS))
    shares = [row["share"] for row in table.to_pylist() if row["measure"] == WRITTEN and row["share"] is not None]
    assert sum(shares) == pytest.approx(1.0)
    assert RunFolder(folder).manifest.exists()


def test_the_lines_say_all_of_the_table_in_plain_words(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, Likes({"neutral": HEDONIST})), 10)
    rows = table_of(reliability_rows(sheet, [estimate(sheet, "neutral", "like", WRITTEN, NAMES)]), RELIABILITY)
    lines = reliability_lines(rows.to_pylist())
    assert len(lines) == rows.num_rows
    assert lines[0].startswith("Reliability, neutral, like, written: the profile is reproducible")
    assert any(line.startswith("  split halves of clips and wordings: 0.") for line in lines)
    assert any(line.startswith("  test and retest: not estimable: each question was asked once") for line in lines)
    assert any("variance of value x wording: " in line and "% of all (80 levels)" in line for line in lines)


def test_a_large_run_is_halved_in_seconds() -> None:
    """Fewer splits where there are many answers: 400,000 of them within a small multiple of the usual time."""
    import time

    from spectrum.bench.reliability import _halves
    from tests.support.simulated import Planted

    observations, _ = Planted(clips_a_value=2500).draw(np.random.default_rng(0))
    assert observations.response.size == 400_000
    started = time.perf_counter()
    half = _halves(observations, "both", 100, 0)
    assert isinstance(half, SplitHalf) and half.splits == 10
    assert time.perf_counter() - started < 20
