import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import BudgetReached
from spectrum.respondents.spending import Ledger


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 20)), min_size=1, max_size=40), st.integers(1, 4000))
def test_calls_no_larger_than_those_before_never_exceed_a_token_budget(
    usages: list[tuple[int, int]], budget: int
) -> None:
    ledger = Ledger(budget_tokens=budget)
    for usage in sorted(usages, reverse=True):
        try:
            call = ledger.reserve(500, 20)
        except BudgetReached:
            break
        ledger.settle(call, usage)
    assert ledger.spent.tokens_in + ledger.spent.tokens_out <= budget


def test_calls_in_flight_count() -> None:
    ledger = Ledger(budget_tokens=150)
    ledger.settle(ledger.reserve(40, 10), (40, 10))
    first = ledger.reserve(1, 10)
    ledger.reserve(1, 10)
    with pytest.raises(BudgetReached, match="150 tokens"):
        ledger.reserve(1, 0)
    ledger.cancel(first)
    ledger.reserve(1, 0)


@pytest.mark.parametrize("answered", [True, False])
def test_under_a_token_budget_the_first_call_goes_alone(answered: bool) -> None:
    ledger = Ledger(budget_tokens=1000)
    first = ledger.reserve(1, 1)
    second: list[int] = []
    thread = threading.Thread(target=lambda: second.append(ledger.reserve(1, 1).tokens_in), daemon=True)
    thread.start()
    thread.join(0.2)
    assert second == []
    if answered:
        ledger.settle(first, (400, 1))
    else:
        ledger.cancel(first)
    thread.join(30)
    assert second == [400 if answered else 1]


def test_threads_share_a_budget_of_calls_exactly() -> None:
    ledger = Ledger(budget_calls=100)
    done: list[int] = []

    def spend() -> None:
        try:
            while True:
                ledger.settle(ledger.reserve(1, 1), (1, 1))
                done.append(1)
        except BudgetReached:
            return

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == ledger.spent.calls == 100
    assert (ledger.spent.tokens_in, ledger.spent.tokens_out, ledger.spent.usd) == (100, 100, None)
