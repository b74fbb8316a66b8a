"""The page of an adherence run: what stands first, what is claimed and what is not, whatever is missing."""

import json
import math
import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from personas.arms import Arm
from spectrum.report.blocks import Clips, Fold, Lights, Notice, Table, Text
from spectrum.report.html import write_report
from spectrum.report.page import page_html
from spectrum.report.pages import adhere, page_of
from spectrum.report.pages.adhere_checks import checks
from spectrum.report.pages.adhere_people import DRAWN, LISTED, people, profiles
from spectrum.report.pages.adhere_pool import adherence
from spectrum.report.pages.adhere_reading import reliability
from spectrum.report.read_adhere import read_adhere
from spectrum.runs.tables import ADHERENCE_METRICS
from tests.personas.conftest import planted_run
from tests.support.browser import PHONE

HOSTILE = '<script>alert("x")</script>\u202e\U0001f600' + "y" * 100_000


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """A full follower under two strategies, one of them the questionnaire, with pictures of some clips."""
    folder = planted_run(
        tmp_path_factory.mktemp("adhere") / "run", "follower", strategies=("simple", "isq"), every=9, per_value=3,
        arms=(Arm.PLACEBO,), strength="1.5",
    )  # fmt: skip
    (folder / "thumbnails").mkdir(exist_ok=True)
    for row in pq.read_table(folder / "clips.parquet").to_pylist()[::2]:
        Image.new("RGB", (36, 64), (30, 80, 120)).save(folder / "thumbnails" / f"{row['clip_id']}.webp")
    return folder


@pytest.fixture(scope="module")
def page(followed):
    """Of the whole run."""
    return page_of(followed)


@pytest.fixture
def copied(followed, tmp_path):
    """A copy to damage."""
    shutil.copytree(followed, tmp_path / "copy")
    return tmp_path / "copy"


def table(run, name, **wanted):
    rows = pq.read_table(run / "tables" / f"{name}.parquet").to_pylist()
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def rewrite(run, name, change):
    path = run / "tables" / f"{name}.parquet"
    rows = [change(row) for row in pq.read_table(path).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=ADHERENCE_METRICS[name]), path)


def pool(run, statistic, **wanted):
    wanted = {"measure": "written", "tier": "all", "author": "all", "arm": "as written", **wanted}
    (row,) = table(run, "adherence", statistic=statistic, **wanted)
    return row


def section(page, name):
    (found,) = [one for one in page.sections if one.name == name]
    return found


def figure(page, name):
    (found,) = [one for one in page.figures() if one.name == name]
    return found


def test_the_headline_stands_first_and_then_r_and_rms_by_tier(followed, page):
    assert page.kind == "adhere" and page.problems == ()
    assert page.headline[0] == json.loads((followed / "summary.json").read_text())["headline"]
    assert page.sections[0].name == "adherence" and not page.sections[0].folded
    assert [one.name for one in page.figures()[:2]] == ["distinctive-r", "rms-shift"]
    assert all(one.folded for one in page.sections[2:])
    for statistic, name, scale in (("distinctive_r", "distinctive-r", 1), ("rms_distinctive", "rms-shift", 100)):
        for strategy in ("simple", "isq"):
            (drawn,) = [
                row for row in figure(page, name).numbers
                if (row["label"], row["series"]) == ("all personas", strategy)
            ]  # fmt: skip
            truth = pool(followed, statistic, strategy=strategy)
            for key in ("estimate", "low", "high"):
                assert drawn[key] == pytest.approx(scale * truth[key], abs=1e-3)


def test_everybody_judged_by_anothers_target_stands_in_the_first_figure(followed, page):
    rows = [row for row in figure(page, "distinctive-r").numbers if row["label"] == "another's target"]
    assert {row["series"] for row in rows} == {"simple", "isq"}
    for row in rows:
        truth = pool(followed, "distinctive_r", strategy=row["series"], arm="shuffled")
        assert row["estimate"] == pytest.approx(truth["estimate"], abs=1e-3)


def test_parts_come_in_the_order_in_which_a_claim_is_read(followed, page):
    names = [one.name for one in page.sections]
    assert names == [
        "adherence", "checks", "personas", "profiles", "strategies", "identification", "specificity", "by-value",
        "reliability", "decay", "controls", "sweep", "worst", "raw", "asked",
    ]  # fmt: skip


def test_personas_are_drawn_from_the_strongest_down_and_listed_with_their_verdict(followed, page):
    truth = table(followed, "persona_adherence", strategy="simple", measure="written", arm="as written")
    truth = sorted((row for row in truth if row["on_target"] is not None), key=lambda row: -row["on_target"])
    drawn = figure(page, "personas-1").numbers
    assert [row["estimate"] for row in drawn] == pytest.approx([100 * row["on_target"] for row in truth], abs=1e-3)
    (listed,) = [block for block in section(page, "personas").blocks if isinstance(block, Table)]
    assert listed.filtered and len(listed.rows) == 2 * len(truth)
    assert [row[0] for row in listed.rows[: len(truth)]] == [row["label"] for row in drawn]
    follows = sum(row[1] == "simple" and row[2] == "follows" for row in listed.rows)
    assert follows == sum(row["verdict"] == "follows" for row in truth) > 0


def test_the_heat_map_has_target_measured_and_difference_side_by_side(followed, page):
    rows = figure(page, "profiles-1").numbers
    assert list(dict.fromkeys(row["panel"] for row in rows)) == ["target", "as the persona", "minus nobody"]
    names = {persona["id"]: persona["name"] for persona in json.loads((followed / "cast.json").read_text())["personas"]}
    for truth in table(followed, "persona_profiles", strategy="simple", measure="written", arm="as written")[:20]:
        found = {
            row["panel"]: row["number"]
            for row in rows
            if row["row"].startswith(names[truth["persona"]] + " (" + truth["tier"]) and row["column"] == _name(truth)
        }
        assert found["target"] == pytest.approx(100 * truth["target"], abs=1e-3)
        assert found["as the persona"] == pytest.approx(100 * truth["measured"], abs=1e-3)
        assert found["minus nobody"] == pytest.approx(100 * truth["difference"], abs=1e-3)
    blank = [row for row in rows if row["panel"] == "target" and row["number"] is None]
    assert blank and {row["row"] for row in blank} <= {names[one["id"]] for one in _controls(followed)}


def _name(row):
    from spectrum.values import SCHWARTZ

    return SCHWARTZ.names[SCHWARTZ.codes.index(row["value"])]


def _controls(run):
    return [one for one in json.loads((run / "cast.json").read_text())["personas"] if one["tier"] == "none"]


def test_targets_without_a_unit_are_drawn_with_the_spread_of_what_was_measured(copied):
    rewrite(
        copied,
        "persona_profiles",
        lambda row: (
            row | {"target_unit": "relative"} | ({} if row["target"] is None else {"target": row["target"] * 37})
        ),
    )
    run = read_adhere(copied)
    drawn = profiles(run).blocks[0]
    rows = drawn.numbers
    told = {row["row"] for row in rows if row["panel"] == "target" and row["number"] is not None}

    def spread(panel):
        found = [row["number"] for row in rows if row["panel"] == panel and row["row"] in told]
        return math.sqrt(sum(number**2 for number in found) / len(found))

    assert spread("target") == pytest.approx(spread("as the persona"), rel=1e-3)
    assert "no unit" in drawn.caption


def test_identification_says_chance_and_p_and_frames_the_own_target(followed, page):
    found = pool(followed, "identified", strategy="simple")
    chance = pool(followed, "identified_chance", strategy="simple")
    (said, *_) = section(page, "identification").blocks
    assert f"{round(found['estimate'] * found['personas'])} of {found['personas']} personas" in said.paragraphs[0]
    assert f"chance is {100 * chance['estimate']:.0f}%" in said.paragraphs[0]
    assert "permutation" in said.paragraphs[0]
    cells = figure(page, "identification-1").numbers
    truth = table(followed, "identification", strategy="simple", measure="written")
    assert len(cells) == len(truth) and sum(cell["own"] for cell in cells) == sum(row["own"] for row in truth)
    assert sorted(cell["number"] for cell in cells) == pytest.approx(
        sorted(row["similarity"] for row in truth), abs=1e-3
    )


def test_checks_say_of_every_strategy_what_must_hold(followed, page):
    (lights,) = section(page, "checks").blocks
    assert isinstance(lights, Lights)
    found = {light.name: light for light in lights.lights}
    assert found["simple, another's target"].state == "green"
    assert found["simple, traits recalled"].state == "amber"  # a planted respondent reads no traits
    assert found["isq, own target recognised"].state == "green"
    assert "chance 50%" in found["simple, traits recalled"].text


def test_control_questions_that_moved_are_a_caution_and_those_hardly_asked_are_no_comfort(copied):
    def narrow(low, high):
        ends = {"estimate": (low + high) / 2, "low": low, "high": high}
        rewrite(copied, "adherence_controls", lambda row: row | (ends if row["kind"] == "control" else {}))
        (lights,) = checks(read_adhere(copied)).blocks
        return next(light for light in lights.lights if light.name == "simple, seeing unchanged")

    assert narrow(-0.05, 0.04).state == "green"
    assert narrow(0.02, 0.1).state == "amber"
    single = table(copied, "adherence_controls", strategy="simple", kind="control")[-1]["persona"]
    assert single != "all"
    wide = narrow(-0.5, 0.5)
    assert wide.state == "amber" and "only known to within 50 points" in wide.text
    rewrite(copied, "adherence_controls", lambda row: row | ({"p_holm": 0.01} if row["persona"] == single else {}))
    alone = narrow(-0.05, 0.04)
    assert alone.state == "amber" and "1 persona alone moved one" in alone.text


def test_control_questions_are_named_by_their_own_words(page):
    assert {row["label"] for row in figure(page, "controls").numbers} == {
        "Is there text in the picture?",
        "Is something written on the pictures?",
    }


def test_numbers_of_a_run_that_goes_on_are_said_to_be_no_result(copied):
    path = copied / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "unfinished"}))
    first = adherence(read_adhere(copied)).blocks[0]
    assert isinstance(first, Notice) and "no result" in first.text


def test_the_worst_personas_come_first_with_their_clips_and_nobodys_answer(followed, page):
    folds = [block for block in section(page, "worst").blocks if isinstance(block, Fold)]
    shown = [fold for fold in folds if fold.title.startswith("simple:")]
    truth = table(followed, "persona_adherence", strategy="simple", measure="written", arm="as written")
    worst = sorted((row["on_target"], row["name"]) for row in truth if row["on_target"] is not None)
    assert [fold.title.split(": ", 1)[1].split(" (")[0] for fold in shown] == [name for _, name in worst][: len(shown)]
    clips = [clip for fold in shown for block in fold.blocks if isinstance(block, Clips) for clip in block.clips]
    assert any(clip.source and clip.source.startswith("data:image/webp;base64,") for clip in clips)
    assert any(clip.source is None for clip in clips)
    for clip in clips:
        assert [answer.condition for answer in clip.answers] == ["simple, the persona", "nobody"]
        assert clip.facts[0] in ("its target: accept", "its target: reject")


def test_a_persona_that_is_not_followed_shows_answers_against_its_target_first(followed, page):
    evidence = table(followed, "persona_evidence", strategy="simple", side="against")
    folds = [block for block in section(page, "worst").blocks if isinstance(block, Fold)]
    assert evidence
    fold = next(fold for fold in folds if any("against" in said for said in _texts(fold)))
    first = next(block for block in fold.blocks if isinstance(block, Clips)).clips[0]
    wanted = first.facts[0].removeprefix("its target: ")
    assert first.facts[1] == f"as persona: {'rejects' if wanted == 'accept' else 'accepts'}"


def _texts(fold):
    return [said for block in fold.blocks if isinstance(block, Text) for said in block.paragraphs]


def test_raw_correlation_is_shown_and_said_to_be_no_claim(followed, page):
    said, listed = section(page, "raw").blocks
    assert isinstance(said, Notice) and said.text.startswith("Not a claim.")
    truth = pool(followed, "raw_r", strategy="simple")
    assert f"{truth['estimate']:+.2f}" in listed.rows[0][1]
    assert not any("raw" in one.lower() for one in page.headline)


def test_a_target_that_explains_less_than_half_forbids_a_ranking(copied):
    def scarce(row):
        return row | ({"estimate": 0.3} if row["statistic"] == "share_target" else {})

    def warnings():
        return [block.text for block in reliability(read_adhere(copied)).blocks if isinstance(block, Notice)]

    assert warnings() == []
    rewrite(copied, "adherence", scarce)
    assert warnings()[0] == "simple: the target's share is 30%, less than half. Do not rank personas by these numbers."


def test_one_that_ignores_its_personas_gets_no_r(tmp_path):
    run = planted_run(tmp_path / "run", "ignorer", every=9, per_value=3, strength="1.5")
    page = page_of(run)
    rows = figure(page, "distinctive-r").numbers
    assert {row["estimate"] for row in rows} == {None} and {row["note"] for row in rows} == {"no change"}
    assert not any(row[2] == "follows" for row in _listed(page))
    assert "no change" in figure(page, "distinctive-r").alt
    assert json.loads(json.dumps(figure(page, "distinctive-r").spec))  # drawable without a single number


def _listed(page):
    return next(block for block in section(page, "personas").blocks if isinstance(block, Table)).rows


def test_one_that_refuses_gets_a_reason_and_what_could_not_be_read(tmp_path):
    run = planted_run(tmp_path / "run", "follower", every=9, per_value=3, refusal="0.9")
    page = page_of(run)
    assert page.headline[0].startswith("No adherence can be reported")
    assert {row[2] for row in _listed(page)} == {"cannot be estimated"}
    assert not any(one.name == "distinctive-r" for one in page.figures())
    assert not any(one.name in ("raw", "identification", "reliability") for one in page.sections)
    folds = [block for block in section(page, "worst").blocks if isinstance(block, Fold)]
    assert folds and "Answers that could not be read:" in _texts(folds[0])
    clip = next(block for block in folds[0].blocks if isinstance(block, Clips)).clips[0]
    assert "as persona: refused" in clip.facts


def test_a_run_without_answers_says_so_and_shows_what_is_to_be_asked(copied):
    from personas.tally import tally

    for path in copied.glob("answers.sqlite*"):
        path.unlink()
    tally(copied)
    page = page_of(copied)
    assert "none of" in page.headline[0]
    assert page.sections[-1].name == "asked" and not any(one.name == "distinctive-r" for one in page.figures())


def test_every_file_may_be_missing_and_is_named(copied):
    names = ["summary.json", "manifest.json", "cast.json", "plan.parquet", "clips.parquet",
             *(f"tables/{name}.parquet" for name in ADHERENCE_METRICS)]  # fmt: skip
    for name in names:
        (copied / name).rename(copied / "elsewhere")
        assert any(name.split("/")[-1] in problem for problem in read_adhere(copied).problems), name
        (copied / "elsewhere").rename(copied / name)
    whole = {one.name for one in page_of(copied).sections}
    for gone in (("summary.json", "cast.json", "clips.parquet"), ("tables",)):
        for name in gone:
            (copied / name).rename(copied / f"no-{name}")
        page = adhere.page(copied)
        assert page_html(page) and {one.name for one in page.sections} < whole
        assert all(any(name in problem for problem in page.problems) for name in gone)
        for name in gone:
            (copied / f"no-{name}").rename(copied / name)


def test_damaged_files_are_named_and_the_rest_is_shown(copied):
    for name in ("adherence", "persona_evidence"):
        path = copied / "tables" / f"{name}.parquet"
        path.write_bytes(path.read_bytes()[:300])
    (copied / "cast.json").write_text('{"personas": 3}')
    page = page_of(copied)
    for name in ("adherence.parquet", "persona_evidence.parquet", "cast.json"):
        assert any(name in problem and "damaged" in problem for problem in page.problems)
    assert _listed(page) and page_html(page)


def test_numbers_that_are_none_and_empty_cells_are_drawn_nowhere(copied):
    for name, schema in ADHERENCE_METRICS.items():
        numbers = {field.name for field in schema if pa.types.is_floating(field.type)}

        def none(row, numbers=numbers):
            return row | dict.fromkeys(numbers, math.nan)

        rewrite(copied, name, none)
    html = page_html(page_of(copied))
    assert "NaN" not in html.split("</main>")[0]
    for name in ADHERENCE_METRICS:
        kept = {"strategy", "measure", "arm", "tier", "author", "statistic", "kind", "side"}

        def empty(row, kept=kept):
            return {key: value if key in kept else None for key, value in row.items()}

        rewrite(copied, name, empty)
    assert page_html(page_of(copied))


def test_hostile_words_are_shown_as_text_and_cut(copied):
    cast = json.loads((copied / "cast.json").read_text())
    for persona in cast["personas"]:
        persona["name"], persona["traits"] = HOSTILE, [HOSTILE]
    (copied / "cast.json").write_text(json.dumps(cast))
    rewrite(copied, "persona_evidence", lambda row: row | {"answer": HOSTILE, "question": HOSTILE, "reason": HOSTILE,
            "trait": HOSTILE, "neutral_answer": HOSTILE, "clip_id": "../../etc/passwd"})  # fmt: skip
    rewrite(copied, "persona_adherence", lambda row: row | {"reason": HOSTILE, "nearest": HOSTILE, "name": HOSTILE})
    page = page_of(copied)
    html = page_html(page)
    assert '<script>alert("x")' not in html and "&lt;script&gt;" in html
    assert len(html) < 4_000_000
    folds = [block for block in section(page, "worst").blocks if isinstance(block, Fold)]
    clips = [clip for fold in folds for block in fold.blocks if isinstance(block, Clips) for clip in block.clips]
    assert clips and all(clip.source is None for clip in clips)
    labels = [row["label"] for row in figure(page, "personas-1").numbers]
    assert len(set(labels)) == len(labels)


def test_of_many_personas_both_ends_are_drawn_and_the_rest_is_counted(followed):
    run = read_adhere(followed)
    (one, *_) = [row for row in run.people("simple") if row["on_target"] is not None]
    many = [one | {"persona": f"p{n:04}", "on_target": n / 10_000, "rank": 1} for n in range(2_000)]
    profile = run.rows("persona_profiles", persona=one["persona"], strategy="simple", measure="written")
    run = replace(
        run,
        labels={},
        tables=run.tables
        | {
            "persona_adherence": many,
            "persona_profiles": [row | {"persona": f"p{n:04}"} for n in range(2_000) for row in profile],
        },
    )
    drawn, *_, listed = people(run).blocks
    assert len(drawn.numbers) == DRAWN and "1,920 personas between" in drawn.caption
    assert drawn.numbers[0]["label"] == "p1999" and drawn.numbers[-1]["label"] == "p0000"
    assert len(listed.rows) == LISTED
    assert any(
        "1,000 further rows" in said
        for block in people(run).blocks
        if isinstance(block, Text)
        for said in block.paragraphs
    )
    assert len({row["row"] for row in profiles(run).blocks[0].numbers}) == DRAWN


def test_prompts_of_nobody_and_of_one_persona_a_strategy_are_there_word_for_word(followed, page):
    folds = {block.title: block for block in section(page, "asked").blocks if isinstance(block, Fold)}
    prompts = [name for name in folds if name.startswith("Exact prompts")]
    assert len(prompts) == 3 and any("neutral" in name for name in prompts)
    html = page_html(page)
    (first,) = pq.read_table(followed / "plan.parquet").slice(0, 1).to_pylist()
    assert first["after_media"].replace("'", "&#39;") in html
    (listed,) = folds[next(name for name in folds if name.startswith("The personas"))].blocks
    cast = json.loads((followed / "cast.json").read_text())["personas"]
    assert len(listed.rows) == len(cast) and cast[0]["traits"][0] in listed.rows[0][1]


def test_the_page_draws_everything_without_console_error_request_or_serious_fault(copied, chromium):
    path = write_report(copied)
    opened = chromium.open(path)
    opened.unfold()
    assert opened.errors == [] and opened.requests == []
    # axe looks at every cell: of tables that are alike, one is left open.
    alike = "figure details, #asked details > details ~ details, #worst details > details ~ details"
    opened.tab.evaluate(f"document.querySelectorAll('{alike}').forEach((part) => {{ part.open = false; }})")
    assert opened.serious_faults() == []
    opened.tab.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    opened.tab.click("#theme")
    opened.settle()
    assert opened.overflow() <= 0 and opened.errors == []


def test_a_reader_filters_personas_and_opens_the_answers_about_a_clip(copied, chromium):
    tab = chromium.open(write_report(copied)).tab
    tab.click("#personas summary >> nth=0")
    rows = tab.locator("#personas tr[data-row]")
    everybody = rows.count()
    tab.fill("#personas input[type=search]", "isq follows")
    seen = [row for row in rows.all() if row.is_visible()]
    assert 0 < len(seen) < everybody and all("isq" in row.inner_text() for row in seen)
    tab.click("#worst summary >> nth=0")
    tab.click("#worst details details summary >> nth=0")
    clip = tab.locator("#worst .clips details").first
    clip.locator("summary").click()
    assert clip.locator("td", has_text="nobody").is_visible()
    assert tab.locator("#worst .clips img").first.is_visible()
