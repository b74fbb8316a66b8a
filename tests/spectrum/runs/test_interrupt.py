import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spectrum.errors import Stopped
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.store import AnswerStore


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_stops(number: signal.Signals) -> None:
    told: list[str] = []
    with Interrupt(lambda: told.append("stopping")) as interrupt:
        assert not interrupt.requested
        signal.raise_signal(number)
        assert interrupt.requested
        with pytest.raises(Stopped, match="at once"):
            signal.raise_signal(number)
    assert told == ["stopping"]


def test_the_handlers_of_before_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interrupt():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


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
