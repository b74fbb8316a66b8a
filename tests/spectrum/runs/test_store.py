import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import Answer, Outcome
from spectrum.errors import RunFolderError
from spectrum.runs.records import Failure, StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import ANSWERS


def answer(ask_id: str, text: str = "Yes.", **more: object) -> StoredAnswer:
    return StoredAnswer(ask_id, "choice", "Yes", text=text, answered_at="2026-01-01T00:00:00", **more)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


def test_an_answer_comes_back_as_it_was_stored(path: Path) -> None:
    kept = StoredAnswer(
        "a" * 32, "choice", "Да", '{"reason": "ü\\u0000"}', "Да\x00\n", "stop", (0.1, 1e-300, 0.3), 7, 2, 0.25, "now"
    )
    with AnswerStore(path) as store:
        assert store.record([kept]) == 1
        assert store.get([kept.ask_id, "other"]) == {kept.ask_id: kept}
    with AnswerStore(path, read_only=True) as store:
        assert store.get([kept.ask_id]) == {kept.ask_id: kept}
        row = store.table().to_pylist()[0]
    assert row == {
        "ask_id": "a" * 32, "outcome": "choice", "choice": "Да", "fields": kept.fields, "text": "Да\x00\n",
        "finish_reason": "stop", "probabilities": [0.1, 1e-300, 0.3], "tokens_in": 7, "tokens_out": 2,
        "latency_s": 0.25, "error": None, "answered_at": "now",
    }  # fmt: skip


def test_a_stored_answer_is_never_replaced(path: Path) -> None:
    with AnswerStore(path) as store:
        store.record([answer("one")])
        assert store.record([answer("one", "No."), answer("two")]) == 1
        assert store.get(["one"])["one"].text == "Yes."
        assert len(store) == 2


@pytest.mark.parametrize("statement", ["UPDATE answers SET text = 'x'", "DELETE FROM answers"])
def test_the_file_itself_refuses_changes(path: Path, statement: str) -> None:
    with AnswerStore(path) as store:
        store.record([answer("one")])
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)


def test_a_failed_record_stores_nothing_of_itself(path: Path) -> None:
    with AnswerStore(path) as store:
        store.record([answer("one")])
        broken = StoredAnswer("two", None)  # type: ignore[arg-type]
        with pytest.raises(RunFolderError):
            store.record([answer("three"), broken], [Failure("four", "why")], [["three"]])
        assert store.answered() == {"one"}
        assert store.attempts() == {}
        assert store.record([answer("three")]) == 1


def test_failures_are_rows_only_while_unanswered(path: Path) -> None:
    with AnswerStore(path) as store:
        store.record([answer("b")], [Failure("a", "first"), Failure("c", "gone")])
        store.record([], [Failure("a", "last", 5, 0, 1.0, "then")])
        store.record([answer("c")])
        table = store.table()
        assert store.answered() == {"b", "c"}
    assert table.schema == ANSWERS
    assert table["ask_id"].to_pylist() == ["a", "b", "c"]
    assert table["outcome"].to_pylist() == ["error", "choice", "choice"]
    assert table["error"].to_pylist() == ["last", None, None]
    assert table["tokens_in"].to_pylist() == [5, 0, 0]


def test_attempts_count_what_was_sent(path: Path) -> None:
    with AnswerStore(path) as store:
        store.record(sent=[["a", "b"], ["c"]])
        store.record([answer("a")], sent=[["b"]])
        assert store.attempts() == {"a": 1, "b": 2, "c": 1}


def test_an_empty_store_is_an_empty_table(path: Path) -> None:
    with AnswerStore(path) as store:
        table = store.table()
    assert table.schema == ANSWERS
    assert table.num_rows == 0


probabilities = st.none() | st.lists(st.floats(0, 1), max_size=4).map(tuple)
texts = st.text(st.characters(codec="utf-8"), max_size=20)


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(
        st.text("0123456789abcdef", min_size=4, max_size=4),
        st.tuples(st.sampled_from(["choice", "refused"]), st.none() | texts, texts, probabilities),
        max_size=20,
    )
)
def test_the_table_holds_exactly_what_was_recorded(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[str, tuple[str, str | None, str, tuple[float, ...] | None]]
) -> None:
    kept = [
        StoredAnswer(ask_id, outcome, choice, text=text, probabilities=masses)
        for ask_id, (outcome, choice, text, masses) in rows.items()
    ]
    with AnswerStore(tmp_path_factory.mktemp("store") / "answers.sqlite") as store:
        store.record(kept)
        found = store.table().to_pylist()
    expected = sorted(kept, key=lambda each: each.ask_id)
    assert [row["ask_id"] for row in found] == [each.ask_id for each in expected]
    for row, each in zip(found, expected, strict=True):
        assert (row["choice"], row["text"]) == (each.choice, each.text)
        assert row["probabilities"] == (None if each.probabilities is None else list(each.probabilities))


def test_a_reader_looks_on_while_a_writer_writes(path: Path) -> None:
    with AnswerStore(path) as writer:
        writer.record([answer("one")])
        with AnswerStore(path, read_only=True) as reader:
            assert reader.answered() == {"one"}
            writer.record([answer("two")])
            assert reader.answered() == {"one", "two"}
            with pytest.raises(RunFolderError, match="cannot be written"):
                reader.record([answer("three")])


def _as_nobody(folder: Path, code: str) -> str:
    """Run code as a user who cannot write the folder (root may write anything, whatever its mode)."""
    drop = "import os\nif os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", f"import spectrum.runs.store, spectrum.errors\n{drop}{code}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def open_to_all() -> Path:
    """A folder that every user can reach, which pytest's own are not."""
    root = Path("/tmp") / f"spectrum-store-{os.getpid()}"
    root.mkdir(mode=0o755)
    yield root
    shutil.rmtree(root)


READ = """
from pathlib import Path
from spectrum.runs.store import AnswerStore
with AnswerStore(Path({path!r}), read_only=True) as store: print(sorted(store.answered()))
"""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX users")
def test_a_finished_store_reads_on_read_only_media(open_to_all: Path) -> None:
    path = open_to_all / "answers.sqlite"
    with AnswerStore(path) as store:
        store.record([answer("one")])
    assert _as_nobody(open_to_all, READ.format(path=str(path))) == "['one']"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX users")
def test_a_killed_store_reads_on_read_only_media(open_to_all: Path) -> None:
    path = open_to_all / "answers.sqlite"
    code = (
        "import os; from pathlib import Path; from spectrum.runs.store import AnswerStore;"
        "from spectrum.runs.records import StoredAnswer;"
        f"AnswerStore(Path({str(path)!r})).record([StoredAnswer('one', 'choice')]); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (open_to_all / "answers.sqlite-wal").stat().st_size > 0
    assert _as_nobody(open_to_all, READ.format(path=str(path))) == "['one']"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX users")
def test_writing_where_nothing_may_be_written_is_one_line(open_to_all: Path) -> None:
    code = f"""
from pathlib import Path
from spectrum.runs.store import AnswerStore
from spectrum.errors import RunFolderError
try: AnswerStore(Path({str(open_to_all / "answers.sqlite")!r}))
except RunFolderError as error: print(error)
"""
    line = _as_nobody(open_to_all, code)
    assert "cannot be opened" in line and "\n" not in line


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path) -> None:
    """A file-size limit stands in for the full disk: the kernel refuses the write in mid-transaction."""
    code = f"""
import resource
from pathlib import Path
from spectrum.runs.store import AnswerStore
from spectrum.runs.records import StoredAnswer
from spectrum.errors import RunFolderError
store = AnswerStore(Path({str(path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
stored = 0
try:
    while True:
        store.record([StoredAnswer(f"{{stored + i:08d}}", "choice", text="x" * 100) for i in range(50)])
        stored += 50
except RunFolderError as error:
    print(stored); print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    stored, *lines = done.stdout.strip().split("\n")
    assert len(lines) == 1 and "run the same command again" in lines[0]
    assert int(stored) > 0
    with AnswerStore(path) as store:
        assert len(store) == int(stored)
        assert store.record([answer("after")]) == 1


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to look at" * 40, b"SQLite format 3\x00" + b"\xff" * 5000]
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_store_is_one_line(path: Path, content: bytes, read_only: bool) -> None:
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match="damaged") as caught:
        AnswerStore(path, read_only=read_only)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_damage_inside_is_told_when_it_is_met(path: Path) -> None:
    with AnswerStore(path) as store:
        store.record([answer(f"{number:06d}", "x" * 200) for number in range(500)])
    raw = bytearray(path.read_bytes())
    raw[8192:60000] = b"\xff" * (60000 - 8192)
    path.write_bytes(raw)
    with pytest.raises(RunFolderError, match="damaged"), AnswerStore(path, read_only=True) as store:
        store.table()


@pytest.mark.parametrize("column", ["probabilities", "tokens_in", "outcome"])
def test_a_row_of_another_type_than_was_written_is_damage_and_no_traceback(path: Path, column: str) -> None:
    """What flipped bits in a row's header come to: the value is read as another type."""
    with AnswerStore(path) as store:
        store.record([answer("a"), answer("b")])
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER answers_stay")
        connection.execute(f"UPDATE answers SET {column} = CAST('odd' AS BLOB) WHERE ask_id = 'a'")
        connection.execute("UPDATE answers SET probabilities = 7 WHERE ask_id = 'b'")
    with AnswerStore(path, read_only=True) as store:
        for read in (store.table, lambda: store.columns(["ask_id", "probabilities"]), lambda: store.get(["a", "b"])):
            with pytest.raises(RunFolderError, match="is damaged"):
                read()


def test_foreign_newer_and_absent_stores_are_told_apart(path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no answers"):
        AnswerStore(path, read_only=True)
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE other (x)")
    with pytest.raises(RunFolderError, match="not an answer store"):
        AnswerStore(path)
    path.unlink()
    AnswerStore(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(RunFolderError, match="upgrade"):
        AnswerStore(path)


def test_an_answer_is_read_back_as_it_was_parsed() -> None:
    read = Answer(Outcome.CHOICE, "yes", (("decision", "yes"), ("reason", "it's fun")))
    from spectrum.respondents.base import Reply

    assert StoredAnswer.of(Reply("a"), read, "now").read() == read


@pytest.mark.slow
def test_a_million_answers_are_read_in_columns(path: Path) -> None:
    total = 1_000_000
    with AnswerStore(path) as store:
        for start in range(0, total, 50_000):
            store.record(
                StoredAnswer(f"{number:032x}", "choice", "yes", text="Yes.", probabilities=(0.5, 0.25))
                for number in range(start, start + 50_000)
            )
        assert len(store.answered()) == total
        begun = time.monotonic()
        table = store.table()
        seconds = time.monotonic() - begun
    print(f"a million answers read in {seconds:.1f} s, {table.nbytes / 1e6:.0f} MB")
    assert table.num_rows == total
    assert table["ask_id"][0].as_py() == f"{0:032x}"
    assert table["probabilities"][total - 1].as_py() == [0.5, 0.25]
    assert seconds < 60
