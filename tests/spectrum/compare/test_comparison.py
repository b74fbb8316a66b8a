"""Comparisons of simulated runs: what was planted is found, what was not is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spectrum.compare.checks import checks_sentence
from spectrum.compare.comparison import Comparison, Options, compare
from spectrum.compare.joined import join
from spectrum.compare.reading import read_run
from spectrum.compare.sentences import difference_sentence, fail_over_sentence, groups_sentence
from spectrum.errors import ConfigError, RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import METRICS
from spectrum.stats.contrast import estimate_contrast, paired
from spectrum.values import SCHWARTZ
from tests.spectrum.compare.conftest import FLAT, HEDONISM, HEDONIST, POWER
from tests.support.many_runs import write_runs
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, always_yes, refuses, simulated_clips

NAMES = SCHWARTZ.names


def compared(folders: list[Path], **options: object) -> Comparison:
    return compare(folders, Options(**options))  # type: ignore[arg-type]


def test_what_was_planted_is_named_and_nothing_else(five: dict[str, Path]) -> None:
    found = compared([five["plain"], five["hedonist"]])
    (pair,) = found.pairs
    assert pair.decision is not None and pair.difference.found is not None
    assert set(pair.decision.standing.named) == {HEDONISM, POWER}
    assert pair.difference.found.items == 4800
    sentence = difference_sentence(pair.difference, pair.decision, NAMES)
    assert sentence.startswith("On 300 clips in 8 wordings, planted:hedonist accepted Hedonism clips ")
    assert "points more than planted:plain [" in sentence and "Power clips" in sentence
    assert not {name for name in NAMES if name in sentence} - {"Hedonism", "Power"}


def test_a_comparison_is_the_products_contrast(five: dict[str, Path]) -> None:
    folders = [five["plain"], five["hedonist"]]
    found = compared(folders).pairs[0].difference.found
    assert found is not None
    sheets = [read_run(folder, 10).sheet for folder in folders]
    sides = [(s.observations(s.rows("neutral"), s.written), s.item) for s in sheets]
    oracle = estimate_contrast(paired(*sides[1], *sides[0]))
    assert found.contrast.theta.estimate == pytest.approx(oracle.theta.estimate)
    assert found.contrast.theta.se == pytest.approx(oracle.theta.se)
    assert found.contrast.level.estimate == pytest.approx(oracle.level.estimate)


def test_turning_the_reference_turns_the_signs(five: dict[str, Path]) -> None:
    one = compared([five["plain"], five["hedonist"]]).pairs[0].difference.found
    other = compared([five["plain"], five["hedonist"]], reference=str(five["hedonist"])).pairs[0].difference.found
    assert one is not None and other is not None and one.logit is not None and other.logit is not None
    assert other.contrast.theta.estimate == pytest.approx(-one.contrast.theta.estimate)
    assert other.contrast.theta.p == pytest.approx(one.contrast.theta.p)
    assert other.logit.estimate == pytest.approx(-one.logit.estimate)
    assert other.logit.se == pytest.approx(one.logit.se)
    assert other.standardised == pytest.approx(-one.standardised)


def test_the_logit_difference_is_that_of_two_profiles_and_its_error_knows_the_pairing(five: dict[str, Path]) -> None:
    from spectrum.stats.profile import estimate_profile

    folders = [five["plain"], five["hedonist"]]
    found = compared(folders).pairs[0].difference.found
    assert found is not None and found.logit is not None
    sheets = [read_run(folder, 10).sheet for folder in folders]
    alone = [estimate_profile(s.observations(s.rows("neutral"), s.written), scale="logit").theta for s in sheets]
    assert found.logit.estimate == pytest.approx(alone[1].estimate - alone[0].estimate, abs=1e-6)
    unpaired = np.sqrt(alone[0].se ** 2 + alone[1].se ** 2)
    assert found.logit.se.mean() < 0.9 * unpaired.mean()
    assert found.logit.estimate[HEDONISM] > 1


def test_a_level_is_told_apart_and_makes_no_profile(five: dict[str, Path]) -> None:
    found = compared([five["plain"], five["keen"]])
    (pair,) = found.pairs
    assert pair.decision is not None and pair.difference.found is not None
    assert not pair.decision.standing.named
    assert pair.decision.p_level < 0.001
    assert pair.difference.found.contrast.level.estimate[0] > 0.15
    assert "have no value that stands clear" in difference_sentence(pair.difference, pair.decision, NAMES)


def test_many_fall_into_groups_that_cannot_be_told_apart(five: dict[str, Path]) -> None:
    found = compared(list(five.values()))
    assert found.groups is not None
    assert found.grouped == tuple(f"planted:{name}" for name in five)
    assert set(found.groups.overall) == {(0, 2, 4), (1, 3)}
    assert found.groups.by_value[HEDONISM][0] == (1, 3)
    assert found.groups.by_value[POWER][-1] == (1, 3)
    assert found.groups.by_level[0] == (4,)
    sentence = groups_sentence(found.groups, found.grouped)
    assert "planted:hedonist, planted:hedonist2" in sentence
    assert len(found.pairs) == 4


def test_against_the_panel_each_is_held_against_the_mean_of_the_others(five: dict[str, Path]) -> None:
    folders = [five["plain"], five["hedonist"], five["plain2"]]
    found = compared(folders, reference="panel")
    assert [pair.difference.contender.name for pair in found.pairs] == [
        "planted:plain", "planted:hedonist", "planted:plain2",
    ]  # fmt: skip
    estimates = [pair.difference.found.contrast.theta.estimate for pair in found.pairs if pair.difference.found]
    assert np.sum(estimates, axis=0) == pytest.approx(np.zeros(10), abs=1e-9)
    decision = found.pairs[1].decision
    assert decision is not None and set(decision.standing.named) == {HEDONISM, POWER}
    with pytest.raises(ConfigError, match="panel is the mean of two or more"):
        compared(folders[:2], reference="panel")


def test_a_real_difference_beyond_the_limit_is_told_and_a_smaller_one_is_not(five: dict[str, Path]) -> None:
    folders = [five["plain"], five["hedonist"]]
    over = compared(folders, fail_over=0.05).exceeded
    assert {found.value for found in over} == {HEDONISM, POWER}
    assert compared(folders, fail_over=0.9).exceeded == ()
    assert compared([five["plain"], five["plain2"]], fail_over=0.0).exceeded == ()
    assert compared([five["plain"], five["keen"]], fail_over=0.05).exceeded == ()


def test_conditions_of_one_run_are_compared_with_neutral(tmp_path: Path) -> None:
    likes = Likes({"neutral": (0.0,) * 10, "bold": tuple(HEDONIST)})
    run = SimulatedRun(simulated_clips(25), ("neutral", "bold"), wordings=6).write(tmp_path / "run", likes)
    found = compared([run.root])
    assert found.reference == "planted:simulated"
    (pair,) = found.pairs
    assert pair.difference.contender.name == "planted:simulated as BOLD"
    assert pair.decision is not None and pair.difference.found is not None
    assert set(pair.decision.standing.named) == {HEDONISM, POWER}
    others = [place for place in range(10) if place not in (HEDONISM, POWER)]
    assert {pair.decision.verdicts[place] for place in others} == {"equivalent"}


def test_equal_runs_are_equivalent_in_everything(tmp_path: Path) -> None:
    likes = Likes({"neutral": tuple(HEDONIST)})
    runs = [
        SimulatedRun(simulated_clips(25), respondent=f"planted:{name}").write(tmp_path / name, likes).root
        for name in ("a", "b")
    ]
    (pair,) = compared(runs).pairs
    assert pair.decision is not None and pair.difference.found is not None
    assert set(pair.decision.verdicts) == {"equivalent"}
    assert not pair.difference.found.contrast.theta.estimate.any()
    items = pair.difference.found.items
    sentence = difference_sentence(pair.difference, pair.decision, NAMES)
    assert f"all {items:,} answers of planted:b and planted:a are identical" in sentence
    assert "equivalent" not in sentence


def lit(folder: Path, *lights: tuple[str, str, str]) -> Path:
    """The run with its checks written."""
    rows = [{"condition": "neutral", "light": light, "state": state, "text": text} for light, state, text in lights]
    write_tables(RunFolder(folder), {"lights": table_of(rows, METRICS["lights"])})
    return folder


def test_checks_that_are_not_green_are_told_of_each_side(tmp_path: Path) -> None:
    runs = [
        SimulatedRun(simulated_clips(5), respondent=f"planted:{name}")
        .write(tmp_path / name, Likes({"neutral": tuple(HEDONIST if name == "b" else FLAT)}))
        .root
        for name in ("a", "b", "c")
    ]
    green = [(light, "green", "good") for light in ("picture", "labels", "polarity")]
    lit(runs[0], *green, ("written", "off", "none given"))
    text = "checked under neutral: shuffled labels p .184: as large (so); blank frames undecided (0% of 5, needed: 10%)"
    lit(runs[1], ("picture", "amber", text), *green[1:])
    found = compared(runs[:2], fail_over=0.05)
    assert checks_sentence(found.joined.contenders) == (
        "Checks that are not green. planted:b: picture matters: caution (shuffled labels p .184; blank frames "
        "undecided)."
    )
    told = fail_over_sentence(found)
    assert told is not None and told.endswith("But not all checks of planted:b are green: read them first.")
    unknown = checks_sentence(compared([runs[0], runs[2]]).joined.contenders)
    assert unknown is not None and "planted:c: its checks are not known" in unknown


def test_a_run_whose_gate_failed_is_in_no_difference(tmp_path: Path) -> None:
    likes = Likes({"neutral": tuple(HEDONIST)})
    runs = [
        SimulatedRun(simulated_clips(5), respondent=f"planted:{name}").write(tmp_path / name, likes).root
        for name in ("a", "b")
    ]
    lit(runs[1], ("picture", "red", "blank frames give 80% of the profile"))
    (pair,) = compared(runs).pairs
    assert pair.difference.found is None
    assert pair.difference.reason == "of planted:b: blank frames give 80% of the profile"


def test_one_respondent_twice_is_told_by_its_folders(tmp_path: Path) -> None:
    likes = Likes({"neutral": (0.0,) * 10})
    runs = [SimulatedRun(simulated_clips(5)).write(tmp_path / name, likes) for name in ("a", "b")]
    joined = join([read_run(run.root, 10) for run in runs])
    assert [one.name for one in joined.contenders] == [f"planted:simulated ({run.root})" for run in runs]


def test_who_refuses_everything_is_no_comparison_and_says_why(tmp_path: Path) -> None:
    clips = simulated_clips(10)
    likes = SimulatedRun(clips, respondent="planted:likes").write(tmp_path / "a", Likes({"neutral": tuple(HEDONIST)}))
    silent = SimulatedRun(clips, respondent="planted:silent").write(tmp_path / "b", refuses)
    found = compared([likes.root, silent.root])
    (pair,) = found.pairs
    assert pair.difference.found is None and pair.decision is None
    sentence = difference_sentence(pair.difference, pair.decision, NAMES)
    assert sentence == (
        "No difference between planted:silent and planted:likes can be reported, because of planted:silent: "
        "only 0 of 1,200 asks got a choice (1,200 refused)."
    )
    assert found.exceeded == ()


def test_who_says_yes_to_everything_has_no_profile_of_its_own(tmp_path: Path) -> None:
    """Against it, another's profile shows turned around; its own is not reported, and why is said."""
    clips = simulated_clips(20)
    likes = SimulatedRun(clips, respondent="planted:likes").write(tmp_path / "a", Likes({"neutral": tuple(HEDONIST)}))
    yes = SimulatedRun(clips, respondent="planted:yes").write(tmp_path / "b", always_yes)
    found = compared([likes.root, yes.root])
    (pair,) = found.pairs
    assert pair.difference.found is not None and pair.difference.found.logit is None
    own = found.profiles[0].theta
    assert own is not None and found.profiles[1].theta is None
    assert found.profiles[1].reason == "it gave the same answer whatever the clip"
    assert pair.difference.found.contrast.theta.estimate == pytest.approx(-own.estimate)


def test_refusals_are_no_dislikes(tmp_path: Path) -> None:
    """Both accept alike; one refuses a third of the Power clips' questions: no difference comes of it."""
    clips = simulated_clips(25)
    likes = Likes({"neutral": (0.0,) * 10})

    def sometimes(ask: SimulatedAsk) -> StoredAnswer:
        if ask.clip.value == POWER and int(ask.ask_id[:2], 16) < 85:
            return StoredAnswer(ask.ask_id, "refused", text="I can't assist with that.")
        return likes(ask)

    one = SimulatedRun(clips, respondent="planted:one").write(tmp_path / "a", likes)
    other = SimulatedRun(clips, respondent="planted:other").write(tmp_path / "b", sometimes)
    (pair,) = compared([one.root, other.root]).pairs
    assert pair.difference.found is not None
    assert not pair.difference.found.contrast.theta.estimate.any()
    assert any("lack a choice on one side" in note for note in pair.notes)
    found = pair.difference.found
    assert found.bounds is not None
    assert (found.bounds.theta.low <= 0).all() and (found.bounds.theta.high >= 0).all()
    assert found.bounds.theta.high[POWER] - found.bounds.theta.low[POWER] > 0.2


def test_an_unfinished_run_is_refused_with_how_far_it_is(tmp_path: Path) -> None:
    likes = Likes({"neutral": (0.0,) * 10})
    clips = simulated_clips(5)
    done = SimulatedRun(clips).write(tmp_path / "a", likes)
    half = SimulatedRun(clips).write(tmp_path / "b", likes, share=0.5)
    with pytest.raises(ConfigError, match=r"b is unfinished: 300 of 600 asks are answered"):
        compared([done.root, half.root])


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"clips": simulated_clips(40)[200:400]}, "share 0 of .* different clips"),
        ({"wordings": 24}, "mostly under other wordings"),
    ],
)
def test_too_few_shared_items_say_how_many_why_and_what_to_do(
    other: dict[str, object], said: str, tmp_path: Path
) -> None:
    likes = Likes({"neutral": (0.0,) * 10})
    clips = simulated_clips(20)[:200]
    one = SimulatedRun(clips, respondent="planted:one").write(tmp_path / "a", likes)
    changed = SimulatedRun(**{"clips": clips, "respondent": "planted:other", **other}).write(tmp_path / "b", likes)  # type: ignore[arg-type]
    if "wordings" in other:
        (pair,) = compared([one.root, changed.root]).pairs
        assert pair.sharing.few
        assert said in " ".join(pair.notes)
        return
    with pytest.raises(ConfigError, match=said) as error:
        compared([one.root, changed.root])
    assert "spectrum freeze" in str(error.value)
    assert "\n" not in str(error.value)


def test_another_view_of_the_same_clips_is_said(five: dict[str, Path], tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (other,) = write_runs(tmp_path, np.zeros((1, 10)), clips_a_value=30, wordings=8, names=("resized",))
    plan = pq.read_table(other / "plan.parquet")
    items = pa.array([f"resized-{item}" for item in plan["item_id"].to_pylist()])
    pq.write_table(plan.set_column(plan.column_names.index("item_id"), "item_id", items), other / "plan.parquet")
    with pytest.raises(ConfigError, match="share 0 of 4,800 items, too few to compare: 4,800 times one clip came"):
        compared([five["plain"], other])


def test_runs_of_other_kinds_and_folders_without_a_run_are_named(five: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no run folder at"):
        compared([five["plain"], tmp_path / "nothing"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunFolderError, match=r"has no manifest\.json"):
        compared([five["plain"], tmp_path / "empty"])
    with pytest.raises(ConfigError, match="alone is nothing to compare"):
        compared([five["plain"]])
    with pytest.raises(ConfigError, match="no condition 'bold'"):
        compared([five["plain"], five["keen"]], conditions=("bold",))
    with pytest.raises(ConfigError, match="did not ask 'watch'"):
        compared([five["plain"], five["keen"]], construct="watch")
    with pytest.raises(ConfigError, match="none of those compared"):
        compared([five["plain"], five["keen"]], reference="stranger")


def test_two_that_differ_by_chance_alone_are_told_apart_in_few_comparisons(tmp_path: Path) -> None:
    """Eight respondents of one flat profile: 28 pairs in one call, all of them at 5% together."""
    folders = write_runs(tmp_path, np.zeros((8, 10)), clips_a_value=10, wordings=6, seed=5)
    found = compared(folders)
    assert sum(bool(pair.decision and pair.decision.significant.any()) for pair in found.pairs) <= 1
    assert found.groups is not None and len(found.groups.overall) <= 2


def test_option_probabilities_are_compared_by_themselves_and_only_where_they_agree(tmp_path: Path) -> None:
    clips = simulated_clips(20)
    likes = {name: Likes({"neutral": theta}) for name, theta in (("flat", (0.0,) * 10), ("hedonist", tuple(HEDONIST)))}

    def disagreeing(ask: SimulatedAsk) -> StoredAnswer:
        said = likes["hedonist"](ask)
        assert said.probabilities is not None
        return replace(said, probabilities=said.probabilities[::-1])

    folders = {
        name: SimulatedRun(clips, respondent=f"planted:{name}").write(tmp_path / name, answering).root
        for name, answering in (*likes.items(), ("liar", disagreeing))
    }
    written = compared([folders["flat"], folders["hedonist"]]).pairs[0].difference.found
    by_mass = compared([folders["flat"], folders["hedonist"]], measure="probability").pairs[0].difference.found
    assert written is not None and by_mass is not None
    # An accepting option has .85 of a mass of .95, a rejecting one leaves it .45: a difference of .40 / .95.
    assert by_mass.contrast.theta.estimate == pytest.approx(0.4 / 0.95 * written.contrast.theta.estimate, abs=1e-9)
    (pair,) = compared([folders["flat"], folders["liar"]], measure="probability").pairs
    assert pair.difference.found is None
    assert "its option probabilities do not say what it writes (kappa -0.98, needed: 0.6" in str(pair.difference.reason)


def test_asks_for_probabilities_alone_are_no_refusals_and_are_told(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    clips = simulated_clips(30)
    likes = {name: Likes({"neutral": theta}) for name, theta in (("flat", (0.0,) * 10), ("hedonist", tuple(HEDONIST)))}

    def without_text(ask: SimulatedAsk) -> StoredAnswer:
        said = likes["hedonist"](ask)
        scored = int(ask.clip.clip_id[0], 16) % 2
        return replace(said, outcome="unparsed", choice=None, text="") if scored else said

    flat = SimulatedRun(clips, respondent="planted:flat").write(tmp_path / "a", likes["flat"]).root
    some = SimulatedRun(clips, respondent="planted:some").write(tmp_path / "b", without_text).root
    plan = pq.read_table(some / "plan.parquet")
    written = pa.array([int(clip[0], 16) % 2 == 0 for clip in plan["clip_id"].to_pylist()])
    pq.write_table(plan.set_column(plan.column_names.index("written"), "written", written), some / "plan.parquet")
    (pair,) = compared([flat, some]).pairs
    assert pair.difference.found is not None
    assert pair.difference.found.items == sum(written.to_pylist())
    assert any("for option probabilities alone; --measure probability" in note for note in pair.notes)
    whole = compared([flat, some], measure="probability").pairs[0].difference.found
    assert whole is not None and whole.items == plan.num_rows
