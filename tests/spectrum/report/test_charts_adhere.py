"""Charts of adherence, drawn by the plotting library itself."""

import vl_convert

from spectrum.report.charts_adhere import Cell, Mark, Point, marks, matrix, scatter


def drawn(figure):
    return vl_convert.vegalite_to_svg(figure.spec)


def test_without_anything_to_draw_there_is_no_figure():
    assert marks("a", "A", "", [], axis="points") is None
    assert scatter("a", "A", "", [], across="x", up="y", series=("follows",)) is None
    assert matrix("a", "A", "", [], unit="likeness") is None


def test_a_mark_without_a_number_says_why_and_is_drawn_at_none():
    shown = [Mark("all", "simple", 20.25, 4, 28), Mark("all", "isq", None, note="no change")]
    figure = marks("rms", "RMS", "", shown, axis="points", form=".1f")
    svg = drawn(figure)
    assert svg.count("no change<") == 1
    assert [row["series"] for row in figure.spec["layer"][-1]["data"]["values"]] == ["isq"]
    assert [row["estimate"] for row in figure.numbers] == [20.25, None]
    assert figure.alt == "all, simple: 20.2 [4.0, 28.0]; all, isq: no change."


def test_with_no_number_at_all_the_reasons_are_still_drawn():
    figure = marks("r", "r", "", [Mark("all", "simple", None, note="no change")], axis="r", domain=(-1, 1))
    assert "no change" in drawn(figure)


def test_a_series_keeps_its_colour_whichever_others_are_there():
    def scale(*present):
        shown = [Mark(name, name, 1, 0, 2) for name in present]
        figure = marks("a", "A", "", shown, axis="points", beside=False, series=("follows", "reverses"))
        return figure.spec["layer"][-1]["encoding"]["shape"]

    assert scale("reverses")["scale"] == scale("follows", "reverses")["scale"]
    assert scale("follows", "reverses")["legend"]["values"] == ["follows", "reverses"]
    assert scale("reverses")["legend"] is None


def test_many_marks_are_not_all_read_out():
    figure = marks("a", "A", "", [Mark(str(n), "simple", n) for n in range(100)], axis="points", beside=False)
    assert figure.alt.count(";") == 40 and "60 more are in the table below" in figure.alt
    assert len(figure.numbers) == 100


def test_a_rows_own_column_is_framed_and_told_apart_in_words():
    cells = [Cell(row, column, 0.8 if row == column else -0.4, row == column) for row in "ab" for column in "abc"]
    figure = matrix("id", "Who", "", cells, unit="likeness")
    assert "own target +0.80 on average, to the others -0.40" in figure.alt
    frames = figure.spec["layer"][1]
    assert frames["transform"] == [{"filter": "datum.own"}] and frames["mark"]["style"] == "ink"
    assert drawn(figure).startswith("<svg")


def test_personas_are_points_with_their_two_numbers():
    figure = scatter("level", "Level", "", [Point("Ann", "follows", 3.14159, 2)], across="level", up="profile",
                     series=("follows", "reverses"))  # fmt: skip
    assert figure.numbers == ({"label": "Ann", "series": "follows", "across": 3.1416, "up": 2},)
    assert "Ann" in str(figure.spec) and "level" in drawn(figure)
