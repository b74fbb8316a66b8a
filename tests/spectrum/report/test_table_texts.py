import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from spectrum.report.blocks import Column, Table
from spectrum.report.figures import csv_text
from spectrum.report.table_texts import cell_text, latex_table, latex_text, markdown_table, markdown_text

HOSTILE = r"\input{/etc/passwd} $x$ & 50% #1 a_b {c} ~^ <b>|</b> [l](javascript:alert(1)) `code` *b*"
COLUMNS = (Column("Value", "left"), Column("Points [95%]"))


def test_a_latex_table_is_a_booktabs_table_with_a_caption() -> None:
    text = latex_table(Table(COLUMNS, (("Power", "-12 [-31, 6]"), ("Hedonism", "+7 [-14, 27]")), "100% of it."))
    assert r"\caption{100\% of it.}" in text
    assert r"\begin{tabular}{lr}" in text
    assert r"Value & Points [95\%] \\" in text
    assert "Power & $-$12 [$-$31, 6] \\\\\nHedonism & +7 [$-$14, 27] \\\\\n\\bottomrule" in text
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")


def test_a_table_longer_than_a_page_breaks_over_pages() -> None:
    text = latex_table(Table(COLUMNS, (("a", "b"),) * 60))
    assert r"\begin{longtable}" in text and r"\usepackage{longtable}" in text and text.count(r"a & b \\") == 60


def test_latex_takes_no_cell_as_an_option_of_the_line_above() -> None:
    text = latex_table(Table(COLUMNS, (("a", "b"), ("[4, 14]", "x"), ("*", "y"))))
    assert "\n{}[4, 14] & x" in text and "\n{}* & y" in text


def test_a_hyphen_in_a_word_is_no_minus() -> None:
    assert latex_text("Self-Direction, GPT-4o, 2026-11-21") == "Self-Direction, GPT-4o, 2026-11-21"
    assert latex_text("-.5 and -3") == "$-$.5 and $-$3"


@given(st.text())
def test_no_sign_of_latex_gets_through(text: str) -> None:
    plain = latex_text(text)
    known = r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|textquotedbl|textasciigrave"
    plain = re.sub(known + r"|textquotesingle)\{\}", "", plain)
    plain = re.sub(r"\\[{}$&#%_]", "", plain).replace("$-$", "")
    assert not re.search(r"[\\{}$&#%_~^<>|\x00-\x1f]", plain)


@given(st.lists(st.text(max_size=30), min_size=2, max_size=2))
def test_a_markdown_cell_stays_one_cell_of_one_line(cells: list[str]) -> None:
    lines = markdown_table(Table(COLUMNS, (tuple(cells),))).splitlines()
    assert len(lines) == 3
    unescaped = re.sub(r"\\.", "", lines[2])
    assert unescaped.count("|") == 3
    assert not re.search(r"[<`*_$~]", unescaped)


def test_markdown_makes_no_links_and_keeps_intervals_readable() -> None:
    assert markdown_text("+9 [4, 14]") == "+9 [4, 14]"
    assert markdown_text("Points [95%]") == "Points [95%]"
    shown = markdown_text(HOSTILE)
    assert "](" not in shown.replace(r"\](", "") and "<b>" not in shown
    for link in ("[4, 14](http://x)", "[4][4]", "[4]: http://x"):
        assert markdown_text(link).startswith(r"\[4")


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\x00", codec="utf-8")), min_size=2, max_size=2)))
def test_csv_gives_back_what_was_put_in(rows: list[list[str]]) -> None:
    found = list(csv.reader(io.StringIO(csv_text(["a", "b"], rows))))
    assert found[0] == ["a", "b"]
    assert [[cell.removeprefix("'") for cell in row] for row in found[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


def test_a_spreadsheet_runs_nothing() -> None:
    for text in ("=cmd|' /C calc'!A0", "@SUM(A1)", "+cmd", "-cmd", "\t=1"):
        assert str(cell_text(text)).startswith("'")
    for thing in ("+9 [4, 14]", "-12", "Power", 3, 1.5, None):
        assert cell_text(thing) == thing
