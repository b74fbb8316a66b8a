"""The ten values: their order, their names, and how people may write them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import ConfigError
from spectrum.values import SCHWARTZ, load_value_system, parse_values

ORDER = ["SD", "ST", "HE", "AC", "PO", "SE", "CO", "TR", "BE", "UN"]
HIGHER = {
    "openness to change": {"SD", "ST", "HE"},
    "self-enhancement": {"AC", "PO"},
    "conservation": {"SE", "CO", "TR"},
    "self-transcendence": {"UN", "BE"},
}


def test_the_order_is_schwartzs_circle() -> None:
    assert list(SCHWARTZ.codes) == ORDER
    assert SCHWARTZ.names[0] == "Self-Direction" and SCHWARTZ.names[-1] == "Universalism"


def test_higher_order_values_are_those_of_the_official_keys_and_neighbours_on_the_circle() -> None:
    found = {name: {value.code for value in SCHWARTZ.values if value.higher_order == name} for name in HIGHER}
    assert found == HIGHER
    changes = sum(SCHWARTZ.values[place].higher_order != SCHWARTZ.values[place - 1].higher_order for place in range(10))
    assert changes == 4
    assert {value.code: value.also for value in SCHWARTZ.values if value.also} == {"HE": "self-enhancement"}


def test_opposites_face_each_other() -> None:
    for place, value in enumerate(SCHWARTZ.values):
        assert SCHWARTZ.index(value.opposite) == (place + 5) % 10


@given(place=st.integers(0, 9), name=st.booleans(), change=st.sampled_from([str.upper, str.lower, str.title]))
def test_a_value_is_found_whatever_the_case_and_the_hyphen(place: int, name: bool, change: object) -> None:
    assert callable(change)
    written = change(SCHWARTZ.names[place] if name else SCHWARTZ.codes[place])
    for spelled in (written, written.replace("-", " "), written.replace("-", ""), f" {written} "):
        assert SCHWARTZ.index(spelled) == place


def test_an_unknown_value_is_told_with_the_values_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'Fun'.*Hedonism \(HE\).*Universalism \(UN\)"):
        SCHWARTZ.index("Fun")


@pytest.mark.parametrize(
    ("named", "codes"),
    [
        ("Benevolence; Hedonism", "HE BE"),
        ("benevolence,hedonism", "HE BE"),
        ("BE HE", "HE BE"),
        ("BE|HE|BE", "HE BE"),
        ('["BE", "HE"]', "HE BE"),
        (["self direction", "UN"], "SD UN"),
        ("Self-Direction", "SD"),
        ("none", ""),
        ("None", ""),
        ("", ""),
        (None, ""),
        ([], ""),
    ],
)
def test_values_are_read_from_what_people_write(named: str | list[str] | None, codes: str) -> None:
    assert parse_values(named) == tuple(SCHWARTZ.index(code) for code in codes.split())


def test_one_unknown_name_among_known_ones_is_an_error() -> None:
    with pytest.raises(ConfigError, match="Kindness"):
        parse_values("Benevolence; Kindness")


@given(st.sets(st.integers(0, 9)), st.sampled_from(["; ", ",", "|", " / ", "\n"]), st.booleans())
def test_what_is_named_is_what_is_read(places: set[int], separator: str, codes: bool) -> None:
    written = SCHWARTZ.codes if codes else SCHWARTZ.names
    assert parse_values(separator.join(written[place] for place in places)) == tuple(sorted(places))


@pytest.mark.parametrize(
    ("change", "told"),
    [(("opposite: SE", "opposite: XX"), "SD: its opposite 'XX'"), (("code: ST", "code: sd"), "another value has this")],
)
def test_a_system_that_contradicts_itself_is_an_error(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    shipped = Path(__file__).parents[2] / "spectrum" / "data" / "values" / "schwartz10.yaml"
    path = tmp_path / "mine.yaml"
    path.write_text(shipped.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_value_system(path)
