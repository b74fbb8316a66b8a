import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spectrum.errors import Stopped
from spectrum.runs import interrupt as module
from spectrum.runs.interrupt import Ended, Interrupt, ended_in_order
from spectrum.runs.store import AnswerStore

SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_the_second_stops_and_the_status_is_the_firsts(
    first: signal.Signals, second: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ONE_REQUEST_S", 0.0)
    told: list[str] = []
    with pytest.raises(Stopped, match="at once") as stopped, Interrupt(lambda: told.append("stopping")) as interrupt:
        assert not interrupt.requested
        signal.raise_signal(first)
        assert interrupt.requested
        signal.raise_signal(second)
    assert told == ["stopping"]
    assert stopped.value.exit_status == interrupt.exit_status == 128 + first
    assert Stopped("another").exit_status == 130


@pytest.mark.parametrize("number", SIGNALS[1:])
def test_a_stop_that_is_sent_twice_at_once_is_one_stop(number: signal.Signals) -> None:
    """`timeout` sends SIGTERM to the process and to its group, a closing terminal sends SIGHUP several times."""
    with Interrupt() as interrupt:
        for _ in range(3):
            signal.raise_signal(number)
    assert interrupt.requested


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no SIGHUP here")
def test_an_ignored_hang_up_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_in_order(), Interrupt() as interrupt:
            signal.raise_signal(signal.SIGHUP)
            assert not interrupt.requested
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", SIGNALS[1:])
def test_where_nothing_is_in_flight_a_signal_unwinds_as_control_c_does(number: signal.Signals) -> None:
    closed: list[str] = []
    with pytest.raises(KeyboardInterrupt) as raised, ended_in_order():
        try:
            signal.raise_signal(number)
        finally:
            closed.append("closed")
    assert isinstance(raised.value, Ended) and raised.value.exit_status == 128 + number
    assert closed == ["closed"]


def test_the_handlers_of_before_are_put_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with ended_in_order(), Interrupt():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_in_another_thread_it_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def work() -> None:
        with Interrupt() as interrupt:
            seen.append(signal.getsignal(signal.SIGINT))
            interrupt.request()
            seen.append(interrupt.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, True]


def test_in_another_thread_signals_end_nothing() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    seen: list[object] = []

    def work() -> None:
        with ended_in_order():
            seen.extend(signal.getsignal(number) for number in SIGNALS)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == before


HANGING = """
import sys, time
from pathlib import Path
from spectrum.errors import Stopped
from spectrum.runs.ask import ask
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.store import AnswerStore
from tests.support.asking import Keyed, make_groups

class Hangs(Keyed):
    def answer(self, group):
        if len(self.groups) == 2:
            print("hanging", flush=True)
            time.sleep(600)
        return super().answer(group)

try:
    with AnswerStore(Path(sys.argv[1])) as store, Interrupt(lambda: print("once", flush=True)) as interrupt:
        ask(Hangs(), make_groups(5), store, interrupt=interrupt)
except Stopped as stopped:
    print(stopped)
    sys.exit(stopped.exit_status)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_two_signals_end_a_run_that_hangs_and_keep_what_was_answered(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING, str(tmp_path / "answers.sqlite")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "hanging\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "once\n"
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == Stopped.exit_status
    assert "finished work is stored" in output
    with AnswerStore(tmp_path / "answers.sqlite", read_only=True) as store:
        assert len(store) == 8
