"""A whole adherence run on planted respondents: what is asked, what is found, what is written."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from personas.arms import Arm
from personas.casting import cast, load_cast
from personas.errors import PersonaError
from personas.evidence import MOST, shown, trait_named
from personas.library import library, resolve
from personas.pairing import WRITTEN, pair
from personas.plan import AskedOf, plan_adherence
from personas.replies import read_replies
from personas.results import result_of
from personas.tally import tally
from personas.words import headline
from spectrum.circumplex.profiles import read_profiles
from spectrum.circumplex.result import analyse
from spectrum.errors import ConfigError, RunFolderError, RunMismatchError
from spectrum.questions import load_bank
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import ADHERENCE_METRICS
from spectrum.values import SCHWARTZ
from tests.personas.conftest import planted_run
from tests.support.benches import make_suite
from tests.support.commands import Shell


def table(run, name, **wanted):
    rows = pq.read_table(run / "tables" / f"{name}.parquet").to_pylist()
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def number(run, statistic, **wanted):
    wanted = {"strategy": "simple", "measure": "written", "tier": "all", "arm": "as written", **wanted}
    (row,) = table(run, "adherence", statistic=statistic, author="all", **wanted)
    return row


def test_nobody_and_everybody_are_asked_the_same_items():
    suite, bank = make_suite(per_value=1, controls=0), load_bank()
    casting = cast(library(), ["simple", "isq", "simple-json@after", "profile"])
    plan = plan_adherence(suite, bank, casting, "f", {}, AskedOf(per_clip=1, control_clips=3, recall_clips=2))
    rows = plan.table.to_pylist()
    by_condition = {}
    for row in rows:
        by_condition.setdefault(row["condition"], []).append(row)
    bank_items = {row["item_id"] for row in by_condition["neutral"] if row["block"] in ("stem", "named")}
    assert len(bank_items) == 10 * 4
    for name in ("simple/adventurer", "profile/adventurer"):
        assert {r["item_id"] for r in by_condition[name] if r["block"] in ("stem", "named")} == bank_items
    own = {row["item_id"] for row in by_condition["neutral"] if row["wording"] == "own-isq"}
    assert {row["item_id"] for row in by_condition["isq/plain"] if row["block"] == "own"} == own and len(own) == 10
    assert [r["form"] for r in by_condition["isq/plain"] if r["block"] == "recall"] == [
        "right-first",
        "right-second",
    ] * 2
    assert {row["block"] for row in by_condition["profile/adventurer"]} == {"stem", "named", "control"}
    assert "profile/plain" not in by_condition
    assert "simple-json@after/plain" in by_condition
    nobody = [persona.id for persona in library() if persona.target is None]
    assert casting.skipped == (
        f"profile leaves out 8 personas ({', '.join(nobody[:3])} and 5 more) and 22 placebos: it cannot put one that "
        "has no target.",
    )


def test_a_cast_that_cannot_be_is_one_line():
    with pytest.raises(PersonaError, match="named twice"):
        cast(library(), ["simple", "simple@system"])
    with pytest.raises(PersonaError, match="no strategy can put any"):
        cast(resolve(["plain"]), ["profile"], [])
    with pytest.raises(PersonaError, match="no persona to play"):
        cast([], ["simple"])
    with pytest.raises(PersonaError, match="asks nothing"):
        cast(library(), ["simple"], [Arm.SHUFFLED])


def test_a_full_follower_is_found_under_every_strategy(followed):
    for strategy in ("simple", "profile"):
        found = number(followed, "slope", strategy=strategy, measure="written")
        assert found["estimate"] == pytest.approx(1.0, abs=0.1), strategy
        assert number(followed, "distinctive_r", strategy=strategy)["low"] > 0.6
    assert number(followed, "distinctive_r", strategy="isq")["low"] > 0.5
    assert number(followed, "slope", arm="opposite")["estimate"] == pytest.approx(1.0, abs=0.15)
    shuffled = number(followed, "slope", arm="shuffled")
    assert abs(shuffled["estimate"]) < 0.5
    (placebo,) = table(followed, "adherence", strategy="simple", measure="written", arm="placebo",
                       statistic="rms_shift")  # fmt: skip
    assert placebo["low"] == 0 and placebo["estimate"] < 0.2
    summary = json.loads((followed / "summary.json").read_text())
    assert (summary["kind"], summary["status"], summary["format_version"]) == ("adhere", "done", 1)
    assert summary["headline"].startswith("Played by simple, planted:follower")
    assert "follows 1" in summary["headline"] and "not what the model values" in summary["headline"]
    assert [s["name"] for s in summary["strategies"]] == ["simple", "isq", "isq", "profile"]


def test_every_table_is_there_in_its_schema_and_tallying_again_writes_the_same_bytes(followed):
    before = {path.name: path.read_bytes() for path in (followed / "tables").iterdir()}
    assert set(before) == {f"{name}.{end}" for name in ADHERENCE_METRICS for end in ("parquet", "csv")}
    for name, schema in ADHERENCE_METRICS.items():
        assert pq.read_schema(followed / "tables" / f"{name}.parquet").equals(schema), name
        assert table(followed, name), name
    summary = (followed / "summary.json").read_bytes()
    tally(followed)
    assert {path.name: path.read_bytes() for path in (followed / "tables").iterdir()} == before
    assert (followed / "summary.json").read_bytes() == summary


def test_the_tables_agree_with_one_another(followed):
    profiles = table(followed, "persona_profiles", strategy="simple", measure="written", persona=library()[0].id)
    assert [row["value"] for row in profiles] == list(SCHWARTZ.codes)
    everyone = table(followed, "persona_profiles", strategy="simple", measure="written", arm="as written")
    for row in everyone:
        assert row["measured"] == pytest.approx(row["neutral"] + row["difference"], abs=1e-8)
        assert row["low"] <= row["difference"] <= row["high"]
    targets = {}
    for row in everyone:
        targets.setdefault(row["persona"], []).append(row["target"])
    assert all(None in each or sum(each) == pytest.approx(0, abs=1e-6) for each in targets.values())
    people = table(followed, "persona_adherence", strategy="simple", measure="written", arm="as written")
    (strategy,) = table(followed, "strategies", strategy="simple", measure="written")
    assert sum(row["verdict"] == "follows" for row in people) == strategy["follows"] > 5
    assert {row["verdict"] for row in people if row["tier"] == "none"} == {"no target"}
    matrix = table(followed, "identification", strategy="simple", measure="written")
    known = [row for row in people if row["rank"] is not None]
    assert sum(row["own"] for row in matrix) == len(known) == strategy["personas"]
    share = np.mean([row["identified"] for row in known])
    assert number(followed, "identified")["estimate"] == pytest.approx(share, abs=1e-6)


def test_controls_do_not_move_and_a_respondent_that_reads_no_traits_recalls_at_chance(followed):
    for row in table(followed, "adherence_controls", persona="all"):
        if row["kind"] == "control":
            assert row["p"] > 0.001 and row["low"] < 0 < row["high"]
        else:
            assert row["low"] < 0.5 < row["high"]
    assert {row["strategy"] for row in table(followed, "adherence_controls", kind="recall")} == {"simple", "isq"}


def test_the_threshold_of_the_questionnaire_is_swept_around_the_published_one(followed):
    rows = table(followed, "threshold_sweep", statistic="rms_distinctive")
    assert [row["threshold"] for row in rows] == [float(percent) for percent in range(10, 100, 5)]
    assert [row["threshold"] for row in rows if row["published"]] == [60.0]
    accepted = [row["accepted_personas"] for row in rows]
    assert accepted == sorted(accepted, reverse=True)
    (published,) = [row for row in rows if row["published"]]
    assert published["estimate"] == pytest.approx(number(followed, "rms_distinctive", strategy="isq")["estimate"])


PLANTED = [("follower", "1", 1.0), ("follower", "0.5", 0.5), ("follower", "-1", -1.0), ("ignorer", "1", 0.0),
           ("norm", "1", 0.0)]  # fmt: skip


@pytest.mark.parametrize(("name", "follow", "truth"), [PLANTED[1], PLANTED[3]])
def test_planted_respondents_have_their_planted_slope_through_a_whole_run(tmp_path, name, follow, truth):
    run = planted_run(tmp_path / "run", name, every=3, strength="1.5", follow=follow, seed="5")
    found = number(run, "slope")
    assert found["se"] < 0.08 and abs(found["estimate"] - truth) < 3 * found["se"]
    assert (number(run, "distinctive_r")["note"] == "undefined: no change beyond noise") == (truth == 0)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "follow", "truth"), PLANTED)
def test_over_all_personas_the_slope_is_within_a_tenth_of_the_truth(tmp_path, name, follow, truth):
    run = planted_run(tmp_path / "run", name, per_value=12, strength="1.5", follow=follow)
    found = number(run, "slope")
    assert found["personas"] == 66 and found["estimate"] == pytest.approx(truth, abs=0.1)
    (strategy,) = table(run, "strategies")
    r, identified = number(run, "distinctive_r"), number(run, "identified")
    if truth == 0:
        assert max(abs(found["low90"]), abs(found["high90"])) < 0.1
        assert r["note"].startswith("undefined: ") and r["estimate"] is None
        assert strategy["follows"] + strategy["reverses"] <= 1
        assert number(run, "identified_p")["estimate"] > 0.05 and identified["estimate"] < 0.15
    else:
        assert r["low"] * truth > 0 and strategy["follows" if truth > 0 else "reverses"] > 30


def test_a_respondent_that_refuses_has_no_adherence_and_no_value_is_named(tmp_path):
    run = planted_run(tmp_path / "run", "follower", every=8, refusal="0.9")
    summary = json.loads((run / "summary.json").read_text())
    assert summary["headline"].startswith("No adherence can be reported for planted:follower")
    assert "because" in summary["headline"]
    assert {row["verdict"] for row in table(run, "persona_adherence")} == {"not estimable"}


def test_too_few_targets_are_no_pool(tmp_path):
    run = planted_run(tmp_path / "run", "follower", every=40)
    assert "fewer than three different targets" in json.loads((run / "summary.json").read_text())["headline"]


def test_a_run_goes_on_asks_nothing_twice_and_refuses_another_cast(tmp_path):
    folder = tmp_path / "run"
    planted_run(folder, "follower", every=9)
    with AnswerStore(folder / "answers.sqlite", read_only=True) as store:
        before = store.attempts()
    planted_run(folder, "follower", every=9)
    with AnswerStore(folder / "answers.sqlite", read_only=True) as store:
        assert store.attempts() == before
    with pytest.raises(RunMismatchError):
        planted_run(folder, "follower", every=8)


def test_a_run_folder_that_is_none_or_damaged_is_one_line(tmp_path):
    with pytest.raises(RunFolderError, match="no run of spectrum adhere"):
        load_cast(tmp_path)
    (tmp_path / "cast.json").write_text("{")
    with pytest.raises(RunFolderError, match="damaged"):
        load_cast(tmp_path)
    folder = planted_run(tmp_path / "run", "follower", every=20)
    casting = load_cast(folder)
    (folder / "plan.parquet").unlink()
    with pytest.raises(RunFolderError, match="never planned"):
        read_replies(folder, casting, 10)


def test_what_is_half_asked_says_so(tmp_path):
    folder = planted_run(tmp_path / "run", "follower", every=9)
    (folder / "answers.sqlite").unlink()
    for beside in folder.glob("answers.sqlite-*"):
        beside.unlink()
    summary = tally(folder)
    assert summary["status"] == "empty" and "none of" in summary["headline"]


def test_the_circle_of_values_reads_the_personas_of_a_run(tmp_path, capsys, monkeypatch):
    run = planted_run(tmp_path / "run", "follower", per_value=3, every=2)
    found = read_profiles([run])
    people = {row["persona"] for row in table(run, "persona_profiles", strategy="simple", measure="written")}
    assert set(found.names) == {f"run: simple/{person}" for person in people} and len(people) == 37
    measured = {
        row["value"]: row["measured"]
        for row in table(run, "persona_profiles", strategy="simple", measure="written", persona="daredevil")
    }
    row = found.names.index("run: simple/daredevil")
    assert found.centred[row] == pytest.approx([measured[code] for code in SCHWARTZ.codes])
    (level,) = table(run, "persona_adherence", strategy="simple", measure="written", persona="daredevil")
    assert found.with_level[row] == pytest.approx(found.centred[row] + level["level"])
    assert found.targets.shape == (22, 10)
    with pytest.raises(ConfigError, match=r"no profiles by the strategy 'isq'; it has simple"):
        read_profiles([run], strategy="isq")
    with pytest.raises(ConfigError, match="holds no probability profile of a persona"):
        read_profiles([run], measure="probability")
    out = Shell(capsys, monkeypatch).ok("circumplex", str(run))
    assert out.startswith("Over 37 profiles the circular order of the 10 values is found")
    assert "22 targets that the personas were written for have a correspondence index of their own" in out


def test_fewer_than_thirty_personas_make_no_circle_and_a_run_without_its_tables_says_what_to_do(followed, tmp_path):
    with pytest.raises(ConfigError, match="30 or more respondents or personas, and there are 13"):
        analyse(read_profiles([followed]))
    copy = tmp_path / "run"
    shutil.copytree(followed, copy)
    (copy / "tables" / "persona_adherence.parquet").unlink()
    with pytest.raises(RunFolderError, match=r"lacks persona_adherence.parquet; write it anew with: spectrum report"):
        read_profiles([copy])


def test_evidence_is_what_was_answered_for_and_against_the_target(followed):
    answers = table(followed, "persona_evidence", strategy="simple")
    assert {row["side"] for row in answers} == {"against", "for"} and {row["measure"] for row in answers} == {"written"}
    people = {row["persona"] for row in table(followed, "persona_adherence", strategy="simple", verdict="follows")}
    assert people <= {row["persona"] for row in answers if row["side"] == "for"}
    assert not {row["persona"] for row in answers} & {
        row["persona"] for row in table(followed, "persona_adherence", tier="none")
    }
    for row in answers:
        assert ((row["accepted"] > 0.5) == (row["pull"] > 0)) == (row["side"] == "for")
        assert row["side"] == "against" or (row["neutral_accepted"] > 0.5) != (row["accepted"] > 0.5)
        assert row["question"] and row["answer"] == row["choice"] and row["neutral_answer"]
    sides = {}
    for row in answers:
        sides.setdefault((row["persona"], row["side"]), []).append(row)
    for (_, side), rows in sides.items():
        assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) <= MOST[side] and len({row["clip_id"] for row in rows}) == len(rows)
    plan = {row["ask_id"]: row for row in pq.read_table(followed / "plan.parquet").to_pylist()}
    for row in answers:
        assert plan[row["ask_id"]]["condition"] == f"simple/{row['persona']}"
        assert (plan[row["ask_id"]]["clip_id"], plan[row["ask_id"]]["after_media"]) == (row["clip_id"], row["question"])


def test_the_questionnaires_evidence_names_the_trait_and_json_its_reason(followed):
    rows = table(followed, "persona_evidence", strategy="isq")
    named = [row for row in rows if row["trait"]]
    traits = {person.id: person.traits for person in library()}
    assert all(row["trait"] in traits[row["persona"]] for row in named)
    assert trait_named(library()[0], "1") == library()[0].traits[0]
    assert [trait_named(library()[0], number) for number in ("NA", None, "0", "99")] == [None] * 4


def test_a_personas_own_shift_stands_beside_its_level(followed):
    people = table(followed, "persona_adherence", strategy="simple", measure="written", arm="as written")
    wide = np.sqrt(np.mean([row["rms_shift"] ** 2 for row in people if row["rank"]]))
    assert number(followed, "rms_shift")["estimate"] == pytest.approx(wide, rel=0.1)
    for row in people:
        assert 0 <= row["level"] <= 1 and row["level_se"] > 0 and row["rms_shift"] >= 0
        assert row["off_target"] is None or row["off_target"] >= 0
    told = [row for row in people if row["rank"]]
    off = np.sqrt(np.mean([row["off_target"] ** 2 for row in told]))
    assert number(followed, "off_target")["estimate"] <= off + 1e-9  # of the mean, not a mean of what is cut off at 0


def test_a_strategy_without_a_result_is_named_and_does_not_silence_the_others(followed, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(followed, copy)
    casting, replies = load_cast(copy), read_replies(copy, load_cast(copy), 10)
    unread = replace(replies, written=np.where(replies.own("isq"), np.nan, replies.written))
    results = [result_of(pair(unread, casting, label, WRITTEN)) for label in ("isq", "simple")]
    said = headline(results, "it", SCHWARTZ.names, [])
    assert said.startswith("Played by simple, it follows ")
    assert "Nothing can be said of isq, because as nobody, fewer than half of the asks got a choice." in said
    assert {one.side for one in shown(results[0], unread, casting)} <= {"unreadable"}
