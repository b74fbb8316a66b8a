import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from spectrum.bench.columns import coded, codes, numbered, rows_of
from video_index.keyed import digest

HEX = st.integers(0, 40).map(lambda number: digest("id", number).hex())
NAMES = st.one_of(HEX, st.sampled_from(["g0a0", "", "Z" * 32, "é" * 32]))


def chunked(names: list[str], cut: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(names[:cut], pa.string()), pa.array(names[cut:], pa.string())])


@given(st.lists(HEX, max_size=30), st.lists(HEX, unique=True, max_size=30), st.integers(0, 30))
def test_rows_are_found_as_a_dictionary_finds_them(wanted: list[str], known: list[str], cut: int) -> None:
    place = {name: row for row, name in enumerate(known)}
    found = rows_of(chunked(wanted, cut), chunked(known, cut))
    assert found.tolist() == [place.get(name, -1) for name in wanted]


@given(st.lists(NAMES, max_size=30), st.lists(NAMES, unique=True, max_size=30), st.integers(0, 30))
def test_ids_of_any_other_spelling_are_found_too(wanted: list[str], known: list[str], cut: int) -> None:
    place = {name: row for row, name in enumerate(known)}
    found = rows_of(chunked(wanted, cut), chunked(known, cut))
    assert found.tolist() == [place.get(name, -1) for name in wanted]


def test_two_ids_with_one_beginning_are_two() -> None:
    one, other = "a" * 31 + "0", "a" * 31 + "1"
    assert rows_of(chunked([other, one, "a" * 32], 1), chunked([one, other], 1)).tolist() == [1, 0, -1]


@given(st.lists(NAMES, max_size=30), st.integers(0, 30))
def test_equal_names_have_equal_numbers(names: list[str], cut: int) -> None:
    found = coded(chunked(names, cut))
    for row, name in enumerate(names):
        assert [names[other] == name for other in range(len(names))] == (found == found[row]).tolist()


@given(st.lists(NAMES, max_size=30), st.integers(0, 30))
def test_numbers_lead_back_to_names_whatever_the_chunks(names: list[str], cut: int) -> None:
    numbers, known = numbered(chunked(names, cut))
    assert [known[number] for number in numbers.tolist()] == names
    numbers, known = numbered(chunked(names, cut).dictionary_encode())
    assert [known[number] for number in numbers.tolist()] == names
    ordered = codes(names)
    assert np.array_equal(np.argsort(ordered, kind="stable"), np.argsort(np.array(names, dtype=object), kind="stable"))
