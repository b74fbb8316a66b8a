import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spectrum.errors import BudgetReached, RunFolderError, RunMismatchError
from spectrum.pairs.plan import PAIRS_FILE
from spectrum.pairs.results import results
from spectrum.pairs.sheet import read_pair_sheet
from spectrum.pairs.tally import tally
from spectrum.pairs.terminal import pair_lines
from spectrum.prompts import NEUTRAL
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.planted import PlantedRespondent
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import read_manifest
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import PAIRS_METRICS, PAIRS_PLAN, PLAN
from spectrum.values import SCHWARTZ
from tests.support.benches import make_suite
from tests.support.pair_runs import BOLD, make_pairs, planted_over, run

SUITE = make_suite(per_value=12, controls=4)
HE, ST = SCHWARTZ.index("Hedonism"), SCHWARTZ.index("Stimulation")


def rows(folder: Path, table: str, **wanted: object) -> list[dict]:
    found = pq.read_table(folder / "tables" / f"{table}.parquet").to_pylist()
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


class Counting:
    """A planted respondent that counts its asks, and may give up or take places for answers."""

    def __init__(self, planted: PlantedRespondent, gives_up_after: int | None = None, says: str | None = None) -> None:
        self.planted, self.gives_up_after, self.says = planted, gives_up_after, says
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.planted, name)

    def answer(self, group: Group) -> Sequence[Reply]:
        if self.gives_up_after is not None and len(self.asked) >= self.gives_up_after:
            raise BudgetReached("the budget is spent")
        assert len(group.media) == 2 and len(group.asks) == 1
        self.asked += [ask.ask_id for ask in group.asks]
        if self.says is not None:
            return [Reply(ask.ask_id, text=self.says) for ask in group.asks]
        return self.planted.answer(group)


def test_each_pair_is_asked_in_both_orders_with_the_same_words(tmp_path: Path) -> None:
    respondent = planted_over(SUITE, "indifferent")
    plan = make_pairs(SUITE, respondent, 30, conditions=[NEUTRAL, BOLD])
    assert len(plan) == 30 * 2 * 2
    groups = list(plan.groups(lambda clip: clip))  # type: ignore[arg-type,return-value]
    for number in range(0, len(plan), 2):
        (one,), (other,) = groups[number].asks, groups[number + 1].asks
        assert groups[number].media == tuple(reversed(groups[number + 1].media))
        assert one.after_media == other.after_media and one.answer_spec == other.answer_spec
        assert one.ask_id != other.ask_id
    items = [each.item_id for each in plan.asks]
    assert all(items.count(item) == 2 for item in items)  # neutral and bold pair on item_id
    assert len({each.ask.ask_id for each in plan.asks}) == len(plan)
    assert plan.table.schema.equals(PLAN) and plan.pair_table.schema.equals(PAIRS_PLAN)


def test_a_planted_value_wins_and_the_tables_hold_it(tmp_path: Path) -> None:
    respondent = planted_over(SUITE, "hedonism", strength="3")
    run(make_pairs(SUITE, respondent, 180), respondent, tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (summary["kind"], summary["status"], summary["format_version"]) == ("pairs", "done", 1)
    assert summary["headline"].startswith("In 360 choices between ")
    assert "planted:hedonism?strength=3 chose Hedonism clips" in summary["headline"]
    assert "more often than the average value [" in summary["headline"]
    assert "the other 9 cannot be told apart" in summary["headline"]
    assert summary["headline"].endswith("This describes choices between these clips, not what the model values.")
    for name, schema in PAIRS_METRICS.items():
        table = pq.read_table(tmp_path / "run" / "tables" / f"{name}.parquet")
        assert table.schema.equals(schema) and table.num_rows
        assert (tmp_path / "run" / "tables" / f"{name}.csv").exists()
    found = rows(tmp_path / "run", "pairs_values", scale="probability")
    assert [row["value"] for row in found] == list(SCHWARTZ.codes)
    assert max(found, key=lambda row: row["estimate"])["value"] == "HE"
    assert read_manifest(RunFolder(tmp_path / "run").manifest).kind == "pairs"
    logits = rows(tmp_path / "run", "pairs_values", scale="logit")
    rest = np.mean([row["estimate"] for row in logits if row["value"] != "HE"])
    he = next(row for row in logits if row["value"] == "HE")
    assert he["estimate"] - rest == pytest.approx(3.0, abs=4 * he["se"])
    lines = list(pair_lines(summary, tmp_path / "run"))
    assert any(line.startswith("Hedonism ") for line in lines)
    assert max(map(len, lines[1:-1])) <= 100


def test_a_liking_for_the_first_place_is_measured_and_moves_no_value(tmp_path: Path) -> None:
    """Shown-first here comes as an offset that a wording gives the clip shown first; named-first is planted."""
    respondent = planted_over(SUITE, "hedonism", strength="2", order_bias="1.5")
    run(make_pairs(SUITE, respondent, 240), respondent, tmp_path / "run")
    order = {row["effect"]: row for row in rows(tmp_path / "run", "pairs_order")}
    assert order["named_first"]["estimate"] == pytest.approx(2 * (1 / (1 + np.exp(-1.5)) - 0.5), abs=0.12)
    assert order["named_first"]["low"] > 0
    assert order["shown_first"]["low"] < 0 < order["shown_first"]["high"]
    found = rows(tmp_path / "run", "pairs_values", scale="logit")
    assert max(found, key=lambda row: row["estimate"])["value"] == "HE"


def test_one_who_always_takes_the_first_place_gets_no_profile(tmp_path: Path) -> None:
    respondent = Counting(planted_over(SUITE, "indifferent"), says="The first one.")
    run(make_pairs(SUITE, respondent), respondent, tmp_path / "run")  # type: ignore[arg-type]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["headline"] == (
        "No profile of choices can be reported, because it chose by the place of a video and not by the video."
    )
    assert not rows(tmp_path / "run", "pairs_values")
    assert rows(tmp_path / "run", "pairs_order", effect="same_clip")[0]["estimate"] == 0.0


def test_a_refusal_is_no_choice(tmp_path: Path) -> None:
    respondent = Counting(planted_over(SUITE, "indifferent"), says="I'm sorry, I can't help with that.")
    run(make_pairs(SUITE, respondent), respondent, tmp_path / "run")  # type: ignore[arg-type]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert "only 0 of 120 asks got a choice (120 refused)" in summary["headline"]
    assert rows(tmp_path / "run", "pairs_outcomes")[0]["refused"] == 120


def test_a_persona_s_change_is_that_of_identical_pairs(tmp_path: Path) -> None:
    respondent = planted_over(SUITE, "follower", strength="5")
    run(make_pairs(SUITE, respondent, 150, conditions=[NEUTRAL, BOLD]), respondent, tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    (persona,) = summary["personas"]
    assert persona["sentence"].startswith("As BOLD it chose Stimulation clips ")
    assert "more often than without, relative to its average [" in persona["sentence"]
    change = rows(tmp_path / "run", "pairs_values", reference="neutral")
    assert {row["condition"] for row in change} == {"bold"}
    assert max(change, key=lambda row: row["estimate"])["value"] == "ST"


def test_a_persona_that_changes_nothing_is_said_to(tmp_path: Path) -> None:
    respondent = planted_over(SUITE, "hedonism", strength="5", greedy="1")
    run(make_pairs(SUITE, respondent, 60, conditions=[NEUTRAL, BOLD]), respondent, tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["personas"][0]["sentence"] == (
        "No change as BOLD can be reported, because both made the same choices."
    )


def test_choices_with_a_ranking_are_transitive_and_a_coin_is_not(tmp_path: Path) -> None:
    sure = planted_over(SUITE, "indifferent", clip_sd="6", greedy="1")
    run(make_pairs(SUITE, sure, 90), sure, tmp_path / "sure")
    (all_,) = rows(tmp_path / "sure", "pairs_triads", kind="all")
    assert (all_["triads"], all_["circular"]) == (30, 0) and all_["p"] < 1e-3
    coin = planted_over(SUITE, "random")
    run(make_pairs(SUITE, coin, 270), coin, tmp_path / "coin")
    (circles,) = rows(tmp_path / "coin", "pairs_triads", kind="all")
    assert circles["low"] < 0.25 < circles["high"]
    by_kind = [rows(tmp_path / "coin", "pairs_triads", kind=kind)[0]["triads"] for kind in ("across", "within")]
    assert by_kind == [72, 18]
    assert rows(tmp_path / "coin", "pairs_order", effect="same_clip")[0]["estimate"] == pytest.approx(0.5, abs=0.12)


def test_a_stopped_run_goes_on_where_it_was_and_other_settings_are_refused(tmp_path: Path) -> None:
    planted = planted_over(SUITE, "hedonism")
    plan = make_pairs(SUITE, planted)
    first = Counting(planted, gives_up_after=45)
    with pytest.raises(BudgetReached):
        run(plan, first, tmp_path / "run")  # type: ignore[arg-type]
    unfinished = tally(tmp_path / "run")
    assert unfinished["status"] == "unfinished" and "45 of 120 asks are answered" in unfinished["headline"]
    second = Counting(planted)
    assert run(plan, second, tmp_path / "run").stored_before == 45  # type: ignore[arg-type]
    assert not set(first.asked) & set(second.asked) and len(second.asked) == 75
    whole = tmp_path / "whole"
    run(plan, planted, whole)
    assert (whole / "summary.json").read_bytes() == (tmp_path / "run" / "summary.json").read_bytes()
    for name in PAIRS_METRICS:
        one, other = (folder / "tables" / f"{name}.csv" for folder in (whole, tmp_path / "run"))
        assert one.read_bytes() == other.read_bytes()
    with pytest.raises(RunMismatchError, match="plan"):
        run(make_pairs(SUITE, planted, 30), planted, tmp_path / "run")


def test_answers_to_equal_asks_are_copied_from_another_run(tmp_path: Path) -> None:
    planted = planted_over(SUITE, "hedonism")
    run(make_pairs(SUITE, planted, 60), planted, tmp_path / "short")
    longer = Counting(planted)
    run(make_pairs(SUITE, planted, 90), longer, tmp_path / "long", reuse=tmp_path / "short")  # type: ignore[arg-type]
    assert len(longer.asked) == 60
    with AnswerStore(RunFolder(tmp_path / "long").answers, read_only=True) as store:
        assert len(store) == 180


def test_a_broken_folder_is_one_line(tmp_path: Path) -> None:
    planted = planted_over(SUITE, "hedonism")
    run(make_pairs(SUITE, planted, 30), planted, tmp_path / "run")
    (tmp_path / "run" / PAIRS_FILE).unlink()
    with pytest.raises(RunFolderError, match=f"has no {PAIRS_FILE}"):
        tally(tmp_path / "run")
    with pytest.raises(RunFolderError, match="not a run folder"):
        tally(tmp_path)


def test_winners_are_counted_over_both_orders(tmp_path: Path) -> None:
    sure = planted_over(SUITE, "hedonism", strength="50", greedy="1", clip_sd="0.5")
    run(make_pairs(SUITE, sure, 90), sure, tmp_path / "run")
    (found,) = results(read_pair_sheet(tmp_path / "run", 10), SCHWARTZ.names)
    assert found.same_clip is not None and found.same_clip.share == 1.0
    assert found.triads["all"].decided == 30
    assert found.logit is None and found.probability is not None  # hedonism wins always: logits have no end
