import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spectrum.bench.tally import tally
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import Failure, StoredAnswer
from spectrum.runs.tables import METRICS
from spectrum.values import SCHWARTZ
from tests.support.run_folders import (
    Answering,
    Likes,
    SimulatedAsk,
    SimulatedRun,
    always_yes,
    answer,
    refuses,
    simulated_clips,
)
from video_index.keyed import uniform

FLAT = (0.0,) * 10
POWER, STIMULATION = SCHWARTZ.index("Power"), SCHWARTZ.index("Stimulation")


def logits(**of: float) -> tuple[float, ...]:
    by_value = {SCHWARTZ.index(name): size for name, size in of.items()}
    return tuple(by_value.get(place, 0.0) for place in range(10))


HEDONIST = logits(Hedonism=3.0, Power=-3.0)
ADVENTURER = logits(Hedonism=3.0, Power=-3.0, Stimulation=3.0)
NAMES = SCHWARTZ.names


def rows(run: RunFolder, table: str) -> list[dict[str, object]]:
    return pq.read_table(run.tables / f"{table}.parquet").to_pylist()


def named(sentence: str) -> set[str]:
    return {name for name in NAMES if name in sentence}


@pytest.fixture(scope="module")
def two_conditions(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A hedonist, as itself and as an adventurer, with some refusals and failures."""
    likes = Likes({"neutral": HEDONIST, "adventurer": ADVENTURER})

    def answers(ask: SimulatedAsk) -> StoredAnswer | Failure:
        draw = uniform("outcome", ask.ask_id)
        if draw < 0.03:
            return StoredAnswer(ask.ask_id, "refused", text="I'd rather not.")
        return Failure(ask.ask_id, "timed out") if draw > 0.99 else likes(ask)

    run = SimulatedRun(simulated_clips(30, controls=10), ("neutral", "adventurer"), wordings=8)
    folder = run.write(tmp_path_factory.mktemp("run"), answers)
    tally(folder.root)
    return folder


def test_headline_names_what_stands_apart_and_the_persona_sentence_what_moved(two_conditions: RunFolder) -> None:
    summary = json.loads(two_conditions.summary.read_text())
    assert summary["status"] == "done"
    profile, *rest = summary["headline"].split(". ")
    assert profile.startswith("On 310 clips in 8 wordings, planted:simulated accepted Hedonism clips ")
    assert "points more than its own average [" in profile
    assert "and Power clips" in profile and " less [-" in profile
    assert profile.endswith("; the other eight cannot be told apart")
    assert rest[0].startswith("Labels: not audited (310 from retrieval)")
    assert "Blank-picture check: not run" in rest
    assert summary["headline"].endswith("This describes answers to these clips, not what the model values.")
    sentence = summary["personas"][0]["sentence"]
    assert sentence.startswith("As ADVENTURER it accepted Stimulation clips ")
    assert "points more than without [" in sentence
    assert "relative to its average; the other nine cannot be told apart." in sentence
    assert "Its general acceptance changed by +" in sentence


def test_every_metric_table_is_written_in_its_schema_as_parquet_and_csv(two_conditions: RunFolder) -> None:
    for name, schema in METRICS.items():
        table = pq.read_table(two_conditions.tables / f"{name}.parquet")
        assert table.schema.equals(schema)
        # no rung, no keyword, nobody judged
        assert table.num_rows > 0 or name in ("null_profile", "leave_keyword_out", "audit")
        lines = (two_conditions.tables / f"{name}.csv").read_text().splitlines()
        assert len(lines) == table.num_rows + 1
    assert not list(two_conditions.root.rglob("*.part"))


def test_profiles_are_kept_apart_by_condition_measure_and_scale(two_conditions: RunFolder) -> None:
    profile = rows(two_conditions, "profile")
    cells = {(row["condition"], row["measure"], row["scale"]) for row in profile}
    assert cells == {
        (condition, measure, scale)
        for condition in ("neutral", "adventurer")
        for measure in ("written", "probability")
        for scale in ("probability", "logit")
    }
    for cell in cells:
        ours = [row for row in profile if (row["condition"], row["measure"], row["scale"]) == cell]
        assert [row["value"] for row in ours] == list(SCHWARTZ.codes)
        assert sum(float(str(row["estimate"])) for row in ours) == pytest.approx(0, abs=1e-7)
        assert max(ours, key=lambda row: float(str(row["estimate"])))["value"] in ("HE", "ST")
        assert min(ours, key=lambda row: float(str(row["estimate"])))["value"] == "PO"


def test_contrast_pairs_items_and_keeps_the_level_apart(two_conditions: RunFolder) -> None:
    written = [row for row in rows(two_conditions, "contrast") if row["measure"] == "written"]
    assert [row["value"] for row in written] == [*SCHWARTZ.codes, "level"]
    assert {(row["condition"], row["reference"]) for row in written} == {("adventurer", "neutral")}
    significant = [row["value"] for row in written[:-1] if float(str(row["p_holm"])) < 0.05]
    assert "ST" in significant
    asked = len(SimulatedRun(simulated_clips(30, controls=10)).asks())
    assert 0.9 * asked < int(str(written[0]["items"])) < asked


def test_changes_have_bounds_and_a_sentence_says_what_missing_answers_could_turn_round(tmp_path: Path) -> None:
    """As a thrill-seeker a quarter of the asks get no choice; what is left looks more accepting."""
    likes = Likes({"neutral": FLAT, "thrill": tuple(0.4 for _ in FLAT)})

    def shy(ask: SimulatedAsk) -> StoredAnswer:
        silent = ask.condition == "thrill" and uniform("silent", ask.ask_id) < 0.25
        return StoredAnswer(ask.ask_id, "refused", text="I'd rather not.") if silent else likes(ask)

    folder = SimulatedRun(simulated_clips(6), ("neutral", "thrill"), wordings=8).write(tmp_path, shy)
    summary = tally(folder.root)
    (change,) = summary.changes
    assert change.lacking == sum(row["refused"] for row in rows(folder, "outcomes") if row["value"] == "all") > 0
    found = {row["value"]: row["estimate"] for row in rows(folder, "contrast") if row["measure"] == "written"}
    assert all(low <= found[value] <= high for value, (low, high) in change.bounds.items())
    low, high = change.bounds["level"]
    assert low < 0 < high
    general = summary.personas[0].sentence.split("Its general acceptance")[1]
    assert f"but {round(100 * low):+d} to {round(100 * high):+d} points would be possible had every ask" in general


def test_asks_that_were_not_put_yet_are_not_asks_without_a_choice(tmp_path: Path) -> None:
    likes = Likes({"neutral": HEDONIST})

    def half(ask: SimulatedAsk) -> StoredAnswer | None:
        return likes(ask) if uniform("half", ask.ask_id) < 0.5 else None

    folder = SimulatedRun(simulated_clips(20), wordings=8).write(tmp_path, half)
    tally(folder.root)
    for row in rows(folder, "outcomes"):
        assert row["planned"] == row["choice"] + row["missing"]
        assert row["accepted"] == row["accepted_low"] == row["accepted_high"]
    for row in rows(folder, "profile"):
        if row["scale"] == "probability" and row["measure"] == "written":
            assert row["bound_low"] == pytest.approx(row["estimate"]) == row["bound_high"]


def test_outcomes_add_up_and_bounds_hold_the_share(two_conditions: RunFolder) -> None:
    found = rows(two_conditions, "outcomes")
    assert [row["value"] for row in found if row["condition"] == "neutral"] == ["all", *SCHWARTZ.codes, "control"]
    for row in found:
        kinds = ("choice", "refused", "unparsed", "truncated", "error", "missing")
        assert row["planned"] == sum(int(str(row[kind])) for kind in kinds)
        assert float(str(row["accepted_low"])) <= float(str(row["accepted"])) <= float(str(row["accepted_high"]))
    whole = next(row for row in found if row["value"] == "all")
    assert whole["planned"] == 310 * 3 * 4
    assert int(str(whole["refused"])) > 0 and int(str(whole["error"])) > 0 and whole["missing"] == 0


def test_the_order_in_which_answers_came_changes_no_byte(tmp_path: Path) -> None:
    likes = Likes({"neutral": FLAT, "adventurer": ADVENTURER})
    run = SimulatedRun(simulated_clips(5), ("neutral", "adventurer"))
    asks = [likes(ask) for ask in run.asks()]
    first, second = run.write(tmp_path / "a", None), run.write(tmp_path / "b", None)
    answer(first, asks)
    half = len(asks) // 2
    answer(second, [replace(row, answered_at="later", latency_s=9.0) for row in reversed(asks[half:])])
    answer(second, [*asks[:half], Failure(asks[-1].ask_id, "an earlier try, answered since")])
    tally(first.root)
    tally(second.root)
    files = sorted(path.relative_to(first.root) for path in [*first.tables.iterdir(), first.summary])
    assert len(files) == 2 * len(METRICS) + 1
    for name in files:
        assert (first.root / name).read_bytes() == (second.root / name).read_bytes(), name


def test_a_half_finished_run_says_how_much_is_missing_and_names_no_value(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(12)).write(tmp_path, Likes({"neutral": HEDONIST}), share=0.5)
    summary = tally(run.root)
    assert summary.status == "unfinished"
    assert summary.headline == "No profile yet: 720 of 1,440 asks are answered."
    assert (summary.planned, summary.answered, summary.missing, summary.failed) == (1440, 720, 720, 0)
    whole = next(row for row in rows(run, "outcomes") if row["value"] == "all")
    assert whole["missing"] == 720
    asked = sum(int(str(row["asked"])) for row in rows(run, "paper"))
    assert asked == 720 / 4


def test_a_run_without_answers_is_tallied_too(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(2)).write(tmp_path, None)
    summary = tally(run.root)
    assert (summary.status, summary.headline) == ("empty", "No profile yet: none of 240 asks is answered.")
    assert rows(run, "profile") == []


NO_PROFILE: dict[str, tuple[SimulatedRun, Answering, str]] = {
    "always yes": (
        SimulatedRun(simulated_clips(6)),
        always_yes,
        "No profile can be reported, because it gave the same answer whatever the clip.",
    ),
    "refuser": (
        SimulatedRun(simulated_clips(6)),
        refuses,
        "No profile can be reported, because only 0 of 720 asks got a choice (720 refused).",
    ),
    "too few clips": (
        SimulatedRun(simulated_clips(2)),
        Likes({"neutral": HEDONIST}),
        "No profile can be reported, because 20 independent clips are too few (it takes at least 22).",
    ),
}


@pytest.mark.parametrize("case", NO_PROFILE)
def test_where_a_gate_fails_no_value_is_named(case: str, tmp_path: Path) -> None:
    run, respondent, sentence = NO_PROFILE[case]
    summary = tally(run.write(tmp_path, respondent).root)
    assert summary.headline == sentence
    assert not named(summary.headline)
    assert rows(RunFolder(tmp_path), "profile") == []


def test_negation_not_understood_takes_the_named_options_or_gives_no_profile(tmp_path: Path) -> None:
    likes = Likes({"neutral": HEDONIST})

    def deaf_to_not(ask: SimulatedAsk) -> StoredAnswer:
        """Answers "would not" with what it would say to "would"."""
        reply = likes(ask)
        if ask.form != "would_not":
            return reply
        return replace(reply, choice="No" if reply.choice == "Yes" else "Yes", probabilities=None)

    both = tally(SimulatedRun(simulated_clips(30), wordings=8).write(tmp_path / "both", deaf_to_not).root)
    assert named(both.headline) == {"Hedonism", "Power"}
    assert both.estimates[0].framings == ("first", "second")
    light = next(row for row in rows(RunFolder(tmp_path / "both"), "lights") if row["light"] == "polarity")
    assert light["state"] == "red"
    assert "negation not understood" in str(light["text"])
    assert "profile from the named-option questions only" in str(light["text"])
    stems = SimulatedRun(simulated_clips(30), wordings=8, forms=("would", "would_not"))
    alone = tally(stems.write(tmp_path / "stems", deaf_to_not).root)
    assert alone.headline.startswith("No profile can be reported, because negation was not understood (correlation")
    assert not named(alone.headline)


def test_an_indifferent_respondent_that_likes_sharp_pictures_gets_no_named_value(tmp_path: Path) -> None:
    """Value sets differ in sharpness; adjusted for it, no value stands apart, and the caveat stays."""
    clips = simulated_clips(40, sharpness_by_value=0.5, liking_sd=0.0)
    summary = tally(SimulatedRun(clips).write(tmp_path, Likes({"neutral": FLAT}, sharpness=1.0)).root)
    told = "planted:simulated gave answers in which no two of the ten values can be told apart."
    assert summary.headline.startswith(f"On 400 clips in 6 wordings, {told}")
    assert "sharpness" in summary.estimates[0].covariates


def test_a_yes_bias_is_shown_and_does_not_make_a_profile(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(40)).write(tmp_path, Likes({"neutral": HEDONIST}, yes_bias=0.5))
    summary = tally(run.root)
    assert named(summary.headline) == {"Hedonism", "Power"}
    level = next(row for row in rows(run, "level") if row["measure"] == "written")
    assert float(str(level["yes_bias"])) == pytest.approx(0.5, abs=0.05)


def test_probabilities_stand_beside_written_answers_only_where_both_agree(tmp_path: Path) -> None:
    likes = Likes({"neutral": HEDONIST})

    def contrary(ask: SimulatedAsk) -> StoredAnswer:
        reply = likes(ask)
        assert reply.probabilities is not None
        flip = uniform("flip", ask.ask_id) < 0.4
        return replace(reply, probabilities=reply.probabilities[::-1] if flip else reply.probabilities)

    run = SimulatedRun(simulated_clips(6)).write(tmp_path / "contrary", contrary)
    summary = tally(run.root)
    assert not summary.agreements[0].used
    assert {row["measure"] for row in rows(run, "level")} == {"written"}
    light = next(row for row in rows(run, "lights") if row["light"] == "written")
    assert (light["state"], "probabilities unused" in str(light["text"])) == ("amber", True)
    silent = SimulatedRun(simulated_clips(6)).write(
        tmp_path / "silent", Likes({"neutral": HEDONIST}, gives_probabilities=False)
    )
    tally(silent.root)
    light = next(row for row in rows(silent, "lights") if row["light"] == "written")
    assert light["state"] == "off"


@pytest.mark.parametrize(("source", "state"), [("sidecar", "green"), ("retrieval", "amber"), ("judge", "amber")])
def test_labels_light_follows_where_labels_come_from(source: str, state: str, tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(3), label_source=source).write(tmp_path, always_yes)
    tally(run.root)
    lights = {str(row["light"]): row for row in rows(run, "lights")}
    assert lights["labels"]["state"] == state
    assert lights["picture"]["state"] == "off"


def test_paper_protocol_counts_yes_over_asked_and_flags_its_single_wording(tmp_path: Path) -> None:
    """Ten clips a value, the first 7 - value liked: known counts, one of them refused."""
    clips = simulated_clips(10)
    rank = {clip.clip_id: place // 10 for place, clip in enumerate(clips)}

    def answers(ask: SimulatedAsk) -> StoredAnswer:
        assert ask.clip.value is not None
        if ask.clip.value == 9 and rank[ask.clip.clip_id] == 0:
            return StoredAnswer(ask.ask_id, "refused", text="no opinion")
        liked = rank[ask.clip.clip_id] < 10 - ask.clip.value
        return StoredAnswer(ask.ask_id, "choice", "Yes" if liked else "No")

    run = SimulatedRun(clips, forms=("like",), wordings=1, a_clip=1, protocol="paper").write(tmp_path, answers)
    summary = tally(run.root)
    scores = [row["percent"] for row in rows(run, "paper")]
    assert scores == [100, 90, 80, 70, 60, 50, 40, 30, 20, 0]
    assert {row["asked"] for row in rows(run, "paper")} == {10}
    assert summary.paper[0].sd == pytest.approx(32.04, abs=0.01)
    assert summary.estimates[0].conditional_on_wordings
    assert "Intervals hold for these wordings only" in summary.headline
    light = next(row for row in rows(run, "lights") if row["light"] == "polarity")
    assert light["state"] == "off"


def test_clip_acceptance_is_the_share_of_its_choices(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(1)).write(tmp_path, always_yes)
    tally(run.root)
    found = rows(run, "clip_acceptance")
    assert len(found) == 10
    assert {(row["asked"], row["choices"], row["accepted"]) for row in found} == {(12, 12, 0.75)}


def test_damage_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a run folder"):
        tally(tmp_path)
    run = SimulatedRun(simulated_clips(1)).write(tmp_path / "run", always_yes)
    run.plan.write_bytes(b"PAR1 no more")
    with pytest.raises(RunFolderError, match=r"plan\.parquet is damaged") as damaged:
        tally(run.root)
    assert "\n" not in str(damaged.value)
    run.plan.unlink()
    with pytest.raises(RunFolderError, match=r"has no plan\.parquet"):
        tally(run.root)
