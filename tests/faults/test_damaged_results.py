"""Result folders of every kind, damaged file by file: `spectrum report` and the viewer show what is there.

No traceback, no status 1, and a line on what is not: on the page's list of problems, or the one line of an error.
"""

import contextlib
import io
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectrum.cli import main
from spectrum.report.page import page_html
from spectrum.report.pages import page_of
from tests.faults.damages import BYTES, broken
from tests.personas.conftest import planted_run
from tests.support.browse_folders import browse_folder
from tests.support.browsing import make_design, make_world
from tests.support.result_folders import calibrated, circled, compared, followed, paired
from tests.support.served_runs import served
from video_index.errors import SpectrumError
from video_index.keyed import integer

READ_IN_PART = ("slots",)
"""Tables of which a page reads some columns: one that it does not read may be gone."""


def browsed(place: Path) -> Path:
    """Two arms of a short walk."""
    world = make_world(60, in_suite=30)
    return browse_folder(place / "browsed", make_design(slots=9, replicates=2, probe_every=3), world=world)


def played(place: Path) -> Path:
    """A follower of a few personas."""
    return planted_run(place / "played", "follower", every=8, per_value=2, strength="1.5")


KINDS: Mapping[str, Callable[[Path], Path]] = {
    "browse": browsed,
    "adhere": played,
    "pairs": paired,
    "compare": compared,
    "followed": followed,
    "calibration": calibrated,
    "circumplex": circled,
}
TABLES = ("column gone", "column of another type", "NaN and infinities", "no rows", "empty cells", "every row twice")
"""What is done to a whole and readable table."""


@pytest.fixture(scope="module", params=KINDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KINDS[request.param](tmp_path_factory.mktemp(request.param))


def parts(folder: Path) -> list[str]:
    """The files of a result that are read again: not the page, nor the tables a second time as CSV."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    kept = [name for name in names if not name.endswith((".csv", ".html", ".lock", "-wal", "-shm"))]
    pictures = [name for name in kept if name.startswith("thumbnails/")]
    return [name for name in kept if name not in pictures[1:] and name != ".writer.json"]


def changed_tables(name: str, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Each thing of TABLES done to a table, to two of its columns where it is about one."""
    for turn in range(2):
        place = integer(table.num_columns, name, turn)
        field = table.schema.field(place)
        yield f"{TABLES[0]}: {field.name}", table.remove_column(place)
        other = pa.array([f"text {row}" for row in range(table.num_rows)])
        if pa.types.is_string(field.type):
            other = pa.array(np.arange(table.num_rows, dtype=np.float64))
        yield f"{TABLES[1]}: {field.name}", table.set_column(place, field.name, other)
    filled = table
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            value = (float("nan"), float("inf"), float("-inf"))[(integer(3, name, "value") + place) % 3]
            filled = filled.set_column(place, field, pa.array([value] * table.num_rows, field.type))
    yield TABLES[2], filled
    yield TABLES[3], table.slice(0, 0)
    nothing = [pa.nulls(table.num_rows, field.type) for field in table.schema]
    yield TABLES[4], pa.table(nothing, names=table.column_names)
    yield TABLES[5], pa.concat_tables([table, table])


def damages_of(number: int, name: str) -> Iterator[str]:
    """All that BYTES names; for tables, which one function reads, two in turn."""
    if name.startswith(("tables/", "thumbnails/")):
        yield from (BYTES[(2 * number + turn) % len(BYTES)] for turn in range(2))
    else:
        yield from BYTES


def looked_at(run: Path) -> tuple[str, int]:
    """What `spectrum report` says of a folder, and its exit status; a traceback is raised."""
    said = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        pytest.raises(SystemExit) as end,
    ):
        patch.setattr(sys, "argv", ["spectrum", "report", str(run)])
        main()
    return said.getvalue(), int(end.value.code or 0)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_damaged_file_is_named_and_the_rest_is_shown(whole: Path, tmp_path: Path) -> None:
    cases = 0
    for number, name in enumerate(parts(whole)):
        for place, kind in enumerate(damages_of(number, name)):
            run = shutil.copytree(whole, tmp_path / "run")
            broken(kind, run / name)
            if not (number + place) % 3:
                said, status = looked_at(run)
                assert status in (0, 2) and said.strip(), (name, kind, said)
                assert status == 0 or said.count("spectrum: ") == 1, (name, kind, said)
            try:
                page = page_of(run)
            except SpectrumError as error:
                assert "\n" not in str(error), (name, kind)
            else:
                assert page_html(page) and page.headline, (name, kind)
            shutil.rmtree(run)
            cases += 1
    print(f"{whole.name}: {cases} damaged files")


@pytest.mark.slow
def test_a_table_of_another_shape_is_shown_as_far_as_it_goes(whole: Path, tmp_path: Path) -> None:
    cases = 0
    run = shutil.copytree(whole, tmp_path / "run")
    for path in sorted((run / "tables").glob("*.parquet")):
        content = path.read_bytes()
        for what, table in changed_tables(path.stem, pq.read_table(path)):
            pq.write_table(table, path)
            page = page_of(run)
            assert page_html(page) and page.headline, (path.name, what)
            if what.startswith(TABLES[:2]) and table.num_rows and path.stem not in READ_IN_PART:
                assert any(path.stem in problem for problem in page.problems), (path.name, what, page.problems)
            cases += 1
            path.write_bytes(content)
    for path in sorted((run / "tables").glob("*.parquet")):
        pq.write_table(dict(changed_tables(path.stem, pq.read_table(path)))[TABLES[2]], path)
    _, status = looked_at(run)
    assert status == 0
    print(f"{whole.name}: {cases} changed tables")


@pytest.mark.slow
def test_the_viewer_lists_and_opens_damaged_folders(whole: Path, tmp_path: Path) -> None:
    for number, name in enumerate(parts(whole)):
        run = shutil.copytree(whole, tmp_path / f"run{number}")
        broken(BYTES[number % len(BYTES)], run / name)
    with served(tmp_path) as viewer:
        listed = viewer.get()
        assert listed.status == 200 and "Traceback" not in listed.text
        places = set(re.findall(r'href="(run/[^"]+)"', listed.text))
        assert places
        for place in sorted(places):
            got = viewer.get(place)
            assert got.status in (200, 403) and "Traceback" not in got.text, place
