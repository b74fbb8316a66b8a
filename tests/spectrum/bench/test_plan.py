import time
import tracemalloc
from collections import Counter, defaultdict
from dataclasses import replace

import pyarrow.compute as pc
import pytest

from spectrum.answers import ChoiceSpec, FieldsSpec, TextSpec
from spectrum.bench.arms import Arm, Ladder
from spectrum.bench.plan import Plan, plan_bench
from spectrum.errors import ConfigError
from spectrum.prompts import NEUTRAL, Condition
from spectrum.questions import Question, load_bank, paper_questions
from spectrum.respondents.base import Group
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.runs.specs import dump_spec
from spectrum.runs.tables import CLIPS, PLAN
from tests.support.benches import BOLD, make_suite, make_view
from video_index.clips import ViewSpec

BANK = load_bank()
SUITE = make_suite()
SETTINGS = {"decoding": "greedy"}


def plan(
    conditions: object = (NEUTRAL, BOLD), fingerprint: str = "f" * 32, suite: object = SUITE, **options: object
) -> Plan:
    return plan_bench(suite, BANK, conditions, fingerprint, SETTINGS, **options)  # type: ignore[arg-type]


def rows(of: Plan) -> list[dict[str, object]]:
    return of.table.to_pylist()


def test_each_clip_gets_four_wordings_a_block_in_two_forms_each() -> None:
    found = plan([NEUTRAL])
    by_clip = defaultdict(list)
    for row in rows(found):
        by_clip[row["clip_id"]].append(row)
    assert len(by_clip) == len(SUITE.clips)
    for asked in by_clip.values():
        forms = Counter((row["block"], row["form"]) for row in asked)
        assert forms == {("stem", "would"): 4, ("stem", "would_not"): 4, ("named", "first"): 4, ("named", "second"): 4}
        assert {row["construct"] for row in asked} == {"like"}
        for block in ("stem", "named"):
            assert len({row["wording"] for row in asked if row["block"] == block}) == 4


def test_wordings_are_balanced_over_the_bank() -> None:
    found = plan([NEUTRAL], suite=make_suite(per_value=6))
    for block in ("stem", "named"):
        counts = Counter(row["wording"] for row in rows(found) if row["block"] == block)
        assert set(counts) == set(BANK.wordings("like"))
        assert max(counts.values()) - min(counts.values()) <= 2


def test_crossed_asks_every_wording_of_every_clip() -> None:
    found = plan([NEUTRAL], crossed=True)
    assert len(found) == len(SUITE.clips) * 4 * len(BANK.wordings("like"))


def test_conditions_respondents_and_repeats_pair_on_items_and_differ_in_asks() -> None:
    found = plan(repeats=2)
    other = plan(fingerprint="e" * 32)
    items = defaultdict(set)
    for row in rows(found):
        items[row["condition"], row["repeat"]].add(row["item_id"])
    assert len(items) == 4
    assert len({frozenset(each) for each in items.values()}) == 1
    assert len(set(found.table["ask_id"].to_pylist())) == len(found)
    assert set(other.table["item_id"].to_pylist()) == items["neutral", 0]
    assert not set(other.table["ask_id"].to_pylist()) & set(found.table["ask_id"].to_pylist())


def test_a_limit_asks_of_its_clips_what_the_whole_bench_asks() -> None:
    whole, part = plan(), plan(limit=5)
    assert part.clips.num_rows == 5
    assert part.table["ask_id"].to_pylist() == whole.table["ask_id"].to_pylist()[: len(part)]
    assert len(part) == 5 * 16 * 2


def test_ids_are_those_of_the_identity_module_for_what_the_row_says() -> None:
    for row in rows(plan(repeats=2))[::37]:
        condition = {"neutral": NEUTRAL, "bold": BOLD}[str(row["condition"])]
        question = next(
            form.question for form in BANK.forms(str(row["wording"]), str(row["block"])) if form.form == row["form"]
        )
        key = question_key(question.before_media, question.after_media, options_of(question.answer_spec))
        item = item_id([replace_view(str(row["clip_id"]))], key)
        context = context_key(condition, "f" * 32, SETTINGS, int(str(row["repeat"])), question.max_tokens)
        assert row["item_id"] == item
        assert row["ask_id"] == ask_id(item, context)


def replace_view(clip_id: str) -> str:
    return make_view(next(clip.clip for clip in SUITE.clips if clip.clip.clip_id == clip_id)).view_id


def test_the_view_is_part_of_an_item() -> None:
    other = plan(suite=replace(SUITE, view=ViewSpec(frames=8)))
    assert not set(other.table["item_id"].to_pylist()) & set(plan().table["item_id"].to_pylist())


def test_groups_say_what_the_table_says_with_a_clips_conditions_side_by_side() -> None:
    found = plan(repeats=2)
    groups = list(found.groups(make_view))
    table = rows(found)
    flat = [(group, ask) for group in groups for ask in group.asks]
    assert len(flat) == len(table)
    for (group, ask), row in zip(flat, table, strict=True):
        assert ask.ask_id == row["ask_id"]
        assert (group.system, ask.before_media, ask.after_media, ask.max_tokens) == (
            row["system"], row["before_media"], row["after_media"], row["max_tokens"],
        )  # fmt: skip
        assert group.media[0].clip_id == row["clip_id"]
        assert group.condition == row["condition"]
        assert row["answer_spec"] == dump_spec(ask.answer_spec)
        assert (row["options"], row["acceptance"]) == (list(ask.answer_spec.options), list(ask.answer_spec.acceptance))
    clips = [group.media[0].clip_id for group in groups]
    assert clips == [clip for clip in dict.fromkeys(clips) for _ in range(4)]
    assert all(a.media[0] is b.media[0] for a, b in zip(groups[::2], groups[1::2], strict=True))
    sizes = Counter(row["group_id"] for row in table)
    assert list(sizes.values()) == [len(group.asks) for group in groups]


def test_skipped_asks_are_left_out_and_whole_groups_stay_whole() -> None:
    found = plan(limit=3)
    ids = found.table["ask_id"].to_pylist()
    skip = set(ids[:16]) | {ids[20]}
    part = list(found.groups(make_view, skip))
    assert [ask.ask_id for group in part for ask in group.asks] == [each for each in ids if each not in skip]
    whole = list(found.groups(make_view, skip, whole=True))
    assert [ask.ask_id for group in whole for ask in group.asks] == ids[16:]


def test_groups_are_made_only_as_they_are_drawn() -> None:
    made: list[str] = []
    groups = plan().groups(lambda clip: (made.append(clip.clip_id), make_view(clip))[1])
    assert made == []
    first = [next(groups) for _ in range(2)]
    assert len(made) == 1 and {group.condition for group in first} == {"neutral", "bold"}


def test_a_condition_may_speak_after_the_pictures() -> None:
    after = Condition("after", "You are bold.", "after_media")
    groups: list[Group] = list(plan([after], limit=1).groups(make_view))
    assert groups[0].system == ""
    assert all(ask.after_media.startswith("You are bold.\n\n") for ask in groups[0].asks)


def test_the_paper_asks_its_three_questions_of_the_clips_in_value_sets() -> None:
    found = plan([NEUTRAL], protocol="paper")
    assert {row["clip_id"] for row in rows(found)} == {clip.clip.clip_id for clip in SUITE.clips if clip.value_sets}
    first = rows(found)[:3]
    assert (
        [row["form"] for row in first] == [form.form for form in paper_questions()] == ["like", "reason", "description"]
    )
    assert [row["options"] for row in first] == [["Yes", "No"], None, None]
    assert {row["block"] for row in rows(found)} == {row["protocol"] for row in rows(found)} == {"paper"}


def test_a_strategy_may_bring_its_own_question_in_the_papers_protocol() -> None:
    decision = ChoiceSpec(("yes", "no"), (1.0, 0.0))
    own = Question("", "Answer in JSON.", FieldsSpec((("decision", decision), ("reason", TextSpec())), "decision"), 100)
    found = plan(protocol="paper", own_questions={"bold": own}, limit=1)
    assert [(row["condition"], row["form"]) for row in rows(found)] == [
        ("neutral", "like"), ("neutral", "reason"), ("neutral", "description"), ("bold", "own"),
    ]  # fmt: skip
    assert rows(found)[3]["options"] == ["yes", "no"] and rows(found)[3]["acceptance"] == [1.0, 0.0]
    with pytest.raises(ConfigError, match="own question"):
        plan(own_questions={"bold": own})


def test_clips_are_tabled_in_the_order_of_asking() -> None:
    found = plan(limit=7)
    assert found.clips.schema == CLIPS
    assert found.clips["clip_id"].to_pylist() == list(dict.fromkeys(found.table["clip_id"].to_pylist()))
    row = found.clips.to_pylist()[0]
    assert row["sharpness"] == 1.0 and row["motion"] is None and row["platform"] == "TikTok"
    assert len(row["labels"]) == 10


def test_the_fingerprint_follows_the_asks() -> None:
    prints = [plan(), plan(limit=3), plan(seed=1), plan([NEUTRAL]), plan(fingerprint="e"), plan(repeats=2)]
    assert plan().fingerprint == prints[0].fingerprint
    assert len({each.fingerprint for each in prints}) == len(prints)


def test_the_estimate_counts_what_would_be_asked() -> None:
    found = plan(limit=4)
    estimate = found.estimate()
    assert (estimate.clips, estimate.groups, estimate.asks, estimate.pictures) == (4, 8, 128, 32)
    # 720 x 1280 at 448 pixels is 252 x 448: 144 patches of 28 x 28, four pictures an ask.
    assert 128 * 4 * 144 < estimate.tokens_in < 128 * (4 * 144 + 80)
    assert estimate.tokens_out == sum(int(str(row["max_tokens"])) for row in rows(found))
    skip = set(found.table["ask_id"].to_pylist()[:40])
    rest = found.estimate(skip)
    assert (rest.clips, rest.groups, rest.asks, rest.pictures) == (3, 6, 88, 24)
    done = found.estimate(set(found.table["ask_id"].to_pylist()))
    assert (done.clips, done.groups, done.asks, done.tokens_in) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"protocol": "other"}, "balanced or paper"),
        ({"construct": "hate"}, "hate"),
        ({"repeats": 0}, "repeats"),
        ({"per_clip": 0}, "at least 1"),
        ({"conditions": ()}, "none at all"),
        ({"conditions": (NEUTRAL, NEUTRAL)}, "names of their own"),
        ({"suite": replace(SUITE, clips=())}, "no clip"),
    ],
)
def test_settings_that_cannot_be_met_are_one_line(options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        plan(**options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_plan_holds_columns_and_no_object_an_ask() -> None:
    suite = make_suite(per_value=60, controls=25)
    plan(suite=suite)  # what is made once is made before counting
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    found = plan(suite=suite)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(found) == 625 * 16 * 2
    # Two ids of 32 bytes and three numbers are 76 bytes an ask; strings alone would be 160.
    assert held / len(found) < 110


@pytest.mark.slow
def test_a_million_asks_are_planned_walked_and_tabled() -> None:
    suite = make_suite(per_value=3000, controls=1250)
    started = time.monotonic()
    found = plan(suite=suite)
    assert len(found) == 31_250 * 16 * 2 == 1_000_000
    planned = time.monotonic()
    assert sum(len(group.asks) for group in found.groups(make_view)) == len(found)
    walked = time.monotonic()
    rows = 0
    for batch in found.batches():
        assert batch.schema == PLAN
        rows += batch.num_rows
        assert pc.min(pc.utf8_length(batch["ask_id"])).as_py() == 32
    assert rows == len(found)
    ended = time.monotonic()
    print(f"planned {planned - started:.1f} s, walked {walked - planned:.1f} s, tabled {ended - walked:.1f} s")


LADDER = Ladder((Arm.BLANK, Arm.PERMUTED, Arm.CAPTION, Arm.MASKED), 2)


def test_a_ladder_adds_asks_and_changes_none() -> None:
    plain, climbed = plan(), plan(ladder=LADDER)
    intact = [row for row in rows(climbed) if row["arm"] == "intact"]
    assert [row["ask_id"] for row in intact] == [row["ask_id"] for row in rows(plain)]
    assert climbed.fingerprint != plain.fingerprint
    counts = Counter(row["arm"] for row in rows(climbed))
    assert (counts["blank"], counts["permuted"], counts["caption"], counts["masked"], counts["describe"]) == (
        20 * 16, 10 * 16, 10 * 16, 10 * 16, 10,
    )  # fmt: skip
    assert climbed.ladder_asks == 50 * 16 + 10
    assert {row["condition"] for row in rows(climbed) if row["arm"] != "intact"} == {"neutral"}


def test_no_item_of_the_ladder_is_another_s_and_naive_readers_pass_it_over() -> None:
    found = rows(plan(ladder=LADDER))
    assert len({row["ask_id"] for row in found}) == len(found)
    by_arm = defaultdict(set)
    for row in found:
        by_arm[row["arm"]].add(row["item_id"])
        assert (row["block"] in ("stem", "named")) == (row["arm"] == "intact")
    arms = list(by_arm)
    assert not any(by_arm[one] & by_arm[other] for one in arms for other in arms if one < other)


def test_groups_of_a_ladder_show_what_the_plan_says() -> None:
    found = plan([NEUTRAL], ladder=LADDER)
    table = {row["ask_id"]: row for row in rows(found)}
    seen = Counter()
    for group in found.groups(make_view):
        row = table[group.asks[0].ask_id]
        view = group.media[0]
        seen[row["arm"]] += 1
        assert view.clip_id == row["shown_clip_id"]
        assert (row["shown_clip_id"] != row["clip_id"]) == (row["arm"] == "permuted")
        greys = {len(set(frame.pixels.ravel().tolist())) for frame in view.load()}
        assert greys == {1}
        if row["arm"] == "blank":
            assert {int(frame.pixels[0, 0, 0]) for frame in view.load()} == {128}
    assert seen == {"intact": 24, "blank": 20, "permuted": 10, "masked": 10, "describe": 10}


def test_captions_come_with_their_descriptions_and_without_pictures() -> None:
    found = plan([NEUTRAL], ladder=LADDER)
    texts = {ask: f"scene {place}" for place, ask in enumerate(found.described_by.values())}
    missing = next(iter(texts))
    del texts[missing]
    groups = list(found.groups(make_view, descriptions=texts))
    assert len(groups) == 9
    for group in groups:
        assert group.media == ()
        assert all(ask.before_media == "" and '"scene ' in ask.after_media for ask in group.asks)
        assert len(group.asks) == 16
    assert not list(found.groups(make_view, {ask.ask_id for group in groups for ask in group.asks}, descriptions=texts))


def test_the_paper_protocol_asks_for_no_second_description() -> None:
    found = plan([NEUTRAL], protocol="paper", ladder=Ladder((Arm.CAPTION,), 2))
    counts = Counter(row["arm"] for row in rows(found))
    assert set(counts) == {"intact", "caption"}
    descriptions = {row["ask_id"] for row in rows(found) if row["form"] == "description" and row["arm"] == "intact"}
    assert set(found.described_by.values()) <= descriptions


def test_scored_asks_are_the_same_items_and_other_asks() -> None:
    whole, some, none = (plan([NEUTRAL], write_a_value=count) for count in (None, 1, 0))
    assert [row["item_id"] for row in rows(some)] == [row["item_id"] for row in rows(whole)]
    written = {row["ask_id"] for row in rows(some) if row["written"]}
    assert written == {row["ask_id"] for row in rows(whole)} & {row["ask_id"] for row in rows(some)}
    clips = {row["clip_id"] for row in rows(some) if row["written"]}
    assert len(clips) == 11  # a clip a value, and a control
    assert not any(row["written"] for row in rows(none))
    asks = {ask.ask_id: ask for group in some.groups(make_view) for ask in group.asks}
    assert {ask_id for ask_id, ask in asks.items() if ask.written} == written


def test_an_estimate_counts_pictures_of_the_ladder_and_none_for_captions() -> None:
    plain, climbed = plan([NEUTRAL]).estimate(), plan([NEUTRAL], ladder=LADDER).estimate()
    assert climbed.pictures - plain.pictures == 4 * (20 + 10 + 10 + 10)  # blank, permuted, masked, described
    assert climbed.clips == plain.clips
    assert climbed.tokens_in > plain.tokens_in
