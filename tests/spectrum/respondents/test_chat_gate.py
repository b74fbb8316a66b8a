"""How many requests go to a server at once."""

import threading
import time

import pytest

from spectrum.respondents.chat_gate import Gate, Place, Turn


def place(gate: Gate, group: int = 0, number: int = 0) -> Place:
    given = gate.enter(Turn(group, number))
    assert given is not None
    return given


def full_round(gate: Gate, refused: int = 0) -> None:
    """So many calls at once as may be, others waiting behind them, of which some are refused."""
    given = [place(gate) for _ in range(gate.limit)]
    behind = Turn(9, 9)
    waiting = threading.Thread(target=gate.enter, args=(behind,))
    waiting.start()
    while not gate._waiting:
        time.sleep(0.001)
    behind.ended.set()
    waiting.join()
    for number, one in enumerate(given):
        if number < refused:
            gate.failed(one, refused=True, wait_s=0.0)
        else:
            gate.answered(one)


def test_the_limit_doubles_while_all_goes_well_up_to_the_most() -> None:
    gate = Gate(40)
    seen = [gate.limit]
    for _ in range(4):
        full_round(gate)
        seen.append(gate.limit)
    assert seen == [8, 16, 32, 40, 40]


def test_a_limit_that_is_not_used_does_not_grow() -> None:
    gate = Gate(64)
    for _ in range(50):
        gate.answered(place(gate))
    assert gate.limit == 8


def test_only_a_429_shrinks_the_limit() -> None:
    gate = Gate(64)
    for _ in range(96):
        gate.failed(place(gate), refused=False, wait_s=0.0)
    assert gate.limit == 8
    full_round(gate, refused=6)
    assert gate.limit == 5
    for _ in range(32):
        gate.failed(place(gate), refused=True, wait_s=0.0)
    assert gate.limit == round(5 / 2)


def test_a_stray_429_shrinks_nothing() -> None:
    gate = Gate(64)
    full_round(gate, refused=1)
    assert gate.limit == 16


def test_after_it_shrank_it_grows_by_an_eighth() -> None:
    gate = Gate(64)
    for _ in range(3):
        full_round(gate)
    full_round(gate, refused=16)
    before = gate.limit
    assert 48 <= before < 64
    full_round(gate)
    assert gate.limit == pytest.approx(min(64, before * 9 / 8), abs=1)


def test_it_never_falls_below_one() -> None:
    gate = Gate(8)
    for _ in range(400):
        gate.failed(place(gate), refused=True, wait_s=0.0)
    assert gate.limit == 1


def test_waiting_requests_go_in_the_order_of_their_groups() -> None:
    gate = Gate(1)
    first = place(gate)
    order: list[tuple[int, int]] = []

    def go(group: int, number: int) -> None:
        given = gate.enter(Turn(group, number))
        assert given is not None
        order.append((group, number))
        gate.answered(given)

    turns = [(2, 0), (1, 3), (3, 0), (1, 1), (2, 4)]
    threads = [threading.Thread(target=go, args=turn) for turn in turns]
    for thread in threads:
        thread.start()
    while len(gate._waiting) < len(turns):
        time.sleep(0.001)
    gate.answered(first)
    for thread in threads:
        thread.join()
    assert order == sorted(turns)


def test_a_group_that_ended_waits_no_longer_and_takes_no_place() -> None:
    gate = Gate(1)
    held = place(gate)
    turn = Turn(0, 0)
    found: list[Place | None] = []
    waiting = threading.Thread(target=lambda: found.append(gate.enter(turn)))
    waiting.start()
    turn.ended.set()
    waiting.join(timeout=5)
    assert found == [None]
    gate.answered(held)
    gate.answered(place(gate))
    assert gate.in_flight == 0


def test_when_nothing_but_429_comes_all_wait_for_as_long_as_it_says() -> None:
    gate = Gate(1)
    for _ in range(8):
        gate.failed(place(gate), refused=True, wait_s=0.4)
    started = time.monotonic()
    place(gate)
    assert 0.3 <= time.monotonic() - started < 5.0


def test_one_429_keeps_nobody_else_waiting() -> None:
    gate = Gate(1)
    gate.failed(place(gate), refused=True, wait_s=60.0)
    started = time.monotonic()
    place(gate)
    assert time.monotonic() - started < 5.0


def test_a_hung_call_gives_its_place_away_but_never_beyond_the_most() -> None:
    gate = Gate(10)
    for _ in range(8):
        gate.answered(place(gate))
    for _ in range(8):
        place(gate)
    started = time.monotonic()
    place(gate)
    assert time.monotonic() - started >= 0.1
    place(gate)
    assert gate.in_flight == 10
    late = Turn(0, 1)
    timer = threading.Timer(0.6, late.ended.set)
    timer.start()
    assert gate.enter(late) is None
    timer.join()
