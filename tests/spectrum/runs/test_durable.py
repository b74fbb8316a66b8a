from pathlib import Path

import pytest

from spectrum.errors import RunFolderError
from spectrum.runs.durable import replacing, write_durably


def test_content_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for content in (b"old", b"new"):
        write_durably(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "file.part").mkdir()
    with pytest.raises(RunFolderError, match="cannot be written"):
        write_durably(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_text() == "old"


def test_what_a_kill_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"longer than what comes")
    write_durably(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_an_error_in_the_block_leaves_the_old_content_and_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(ValueError, match="mine"), replacing(tmp_path / "file") as fresh:
        fresh.write_text("half")
        raise ValueError("mine")
    assert (tmp_path / "file").read_text() == "old"
