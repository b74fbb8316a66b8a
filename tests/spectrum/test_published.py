"""The published table by itself: every figure that the project's references state of it."""

import re
from pathlib import Path

import numpy as np
import pytest

from spectrum.published import (
    DESIGN_EFFECT,
    PublishedTable,
    analyse,
    counts,
    load_published,
    published_rows,
    published_test_rows,
)
from spectrum.values import SCHWARTZ

SHARED = Path(__file__).parents[3].parent / "shared" / "reference" / "value_spectrum.md"
P = {
    "GPT-4o": 0.0008,
    "BLIP-2": 1e-7,
    "Claude 3.5 Sonnet": 0.0055,
    "InternVL2": 0.011,
    "Qwen2.5-VL-Plus": 0.055,
    "DeepSeek-VL2": 0.28,
    "CogVLM2": 0.44,
    "Gemini 2.0 Flash": 0.60,
}


@pytest.fixture(scope="module")
def found() -> object:
    return analyse(load_published())


@pytest.mark.parametrize("model", P)
def test_chi_square_of_any_value_profile(found: object, model: str) -> None:
    p = dict(zip(found.models, found.tests.p, strict=True))[model]  # type: ignore[attr-defined]
    digits = 1 if model in ("GPT-4o", "BLIP-2") else 2
    assert float(f"{p:.{digits}g}") == P[model]


def test_three_survive_holm_and_only_one_a_design_effect_of_two(found: object) -> None:
    assert found.surviving == ("GPT-4o", "Claude 3.5 Sonnet", "BLIP-2")  # type: ignore[attr-defined]
    assert found.surviving_clustered == ("BLIP-2",)  # type: ignore[attr-defined]
    assert found.clustered.chi_square * DESIGN_EFFECT == pytest.approx(found.tests.chi_square)  # type: ignore[attr-defined]


def test_two_thirds_of_the_variance_is_the_models_general_yes_rate(found: object) -> None:
    shares = found.shares  # type: ignore[attr-defined]
    assert (round(100 * shares.model), round(100 * shares.value, 1), round(100 * shares.rest)) == (68, 11.5, 20)
    assert 0.45 < shares.noise / shares.rest < 0.55


def test_models_rank_the_values_alike_only_in_part(found: object) -> None:
    assert round(found.concordance.w, 2) == 0.31  # type: ignore[attr-defined]
    assert round(found.concordance.p, 3) == 0.008  # type: ignore[attr-defined]


def test_the_order_does_not_replicate_inside_the_paper(found: object) -> None:
    told = {one.model: one for one in found.replications}  # type: ignore[attr-defined]
    assert set(told) == {"GPT-4o", "Claude 3.5 Sonnet"}
    assert round(told["GPT-4o"].correlation.rho, 2) == -0.19
    assert round(told["Claude 3.5 Sonnet"].correlation.rho, 2) == -0.30
    assert (told["GPT-4o"].main_mean, told["GPT-4o"].ablation_mean) == pytest.approx((78.6, 95.4))
    assert (told["Claude 3.5 Sonnet"].main_mean, told["Claude 3.5 Sonnet"].ablation_mean) == pytest.approx((60.0, 75.4))


def test_the_sentence_says_what_is_not_determined(found: object) -> None:
    sentence = found.sentence()  # type: ignore[attr-defined]
    assert "Of 8 published profiles 3 (GPT-4o, Claude 3.5 Sonnet, BLIP-2) survive Holm" in sentence
    assert "only BLIP-2 stays below .05 uncorrected" in sentence
    assert sentence.endswith("undetermined, which is not the same as absent.")


def test_every_figure_is_a_whole_number_of_fifty_answers() -> None:
    published = load_published()
    for table in published.tables:
        percent = table.percent()
        assert np.array_equal(100 * counts(percent, published.asked) / published.asked, percent)
        assert sorted(table.values) == sorted(SCHWARTZ.codes)
    assert sum(len(table.rows) for table in published.tables) == 20


def test_rows_carry_the_interval_that_fifty_answers_imply() -> None:
    rows = published_rows(load_published())
    assert len(rows) == 200
    row = next(r for r in rows if (r["table"], r["model"], r["value"]) == ("main", "GPT-4o", "ST"))
    assert row["percent"] == 56
    assert (round(row["low"], 1), round(row["high"], 1)) == (42.3, 68.8)  # Wilson, by hand
    full = next(r for r in rows if r["percent"] == 100)
    assert full["high"] == pytest.approx(100) and round(full["low"], 1) == 92.9
    assert len(published_test_rows(analyse(load_published()))) == 8


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 2 percentages"):
        PublishedTable(name="main", setting="image", values=("SD", "UN"), rows={"m": (1.0,)})


@pytest.mark.skipif(not SHARED.exists(), reason="the project's references are not on this machine")
def test_the_file_holds_the_figures_of_the_reference() -> None:
    order = ("SD", "UN", "BE", "ST", "PO", "AC", "HE", "CO", "TR", "SE")
    text = SHARED.read_text(encoding="utf-8").split("### 4.1")[1].split("### 4.2")[0]
    table = load_published().table("main")
    told = {
        re.sub(r"\W", "", name).lower(): dict(zip(table.values, row, strict=True)) for name, row in table.rows.items()
    }
    seen = 0
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        key = re.sub(r"\W", "", cells[0]).lower()
        if key in told:
            assert [told[key][code] for code in order] == [float(cell) for cell in cells[3:13]]
            seen += 1
    assert seen == 8
    ablation = SHARED.read_text(encoding="utf-8").split("### 4.4")[1].split("Authors' reading")[0]
    numbers = [
        [float(cell) for cell in line.strip("|").split("|")[2:12]]
        for line in ablation.splitlines()
        if re.search(r"\|\s*\d+\s*\|", line)
    ]
    ours = [list(row) for table in load_published().tables[1:] for row in table.rows.values()]
    assert ours == numbers
