"""What an API model costs: calls, tokens and money counted, and a budget that stops before it is exceeded."""

import threading
from dataclasses import dataclass, replace

from spectrum.errors import BudgetReached, ConfigError


@dataclass(frozen=True, slots=True)
class Spent:
    """What has been used so far."""

    calls: int = 0
    """Requests sent, failed ones and retries included."""
    tokens_in: int = 0
    tokens_out: int = 0
    estimated_calls: int = 0
    """Answered calls without usage numbers; their tokens are estimates."""
    usd: float | None = None
    """None where no price was given."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens set aside for a call that is under way."""

    tokens_in: int
    tokens_out: int


class Ledger:
    """Counts over all threads. A call is reserved before it is sent and settled when it is over.

    Calls are exact. Tokens are only known afterwards: a call is reserved at its most output and at the
    largest input seen so far, and calls in flight count, so that token and money budgets are exceeded only
    where a call turns out larger than every one before it. Under such a budget the first call goes alone, at
    the caller's guess: eight guesses in flight could be eight times too small.
    """

    def __init__(
        self,
        *,
        price_in: float | None = None,
        price_out: float | None = None,
        budget_usd: float | None = None,
        budget_tokens: int | None = None,
        budget_calls: int | None = None,
    ) -> None:
        """Prices are USD per million tokens. Raises ConfigError for a money budget without both prices."""
        if budget_usd is not None and (price_in is None or price_out is None):
            raise ConfigError("a budget in USD needs the price of tokens: give --price-in and --price-out")
        self._price = None if price_in is None or price_out is None else (price_in, price_out)
        self._budget_usd = budget_usd
        self._budget_tokens = budget_tokens
        self._budget_calls = budget_calls
        self._spent = Spent()
        self._reserved_in = 0
        self._reserved_out = 0
        self._in_flight = 0
        self._largest_in = 0
        self._settled = budget_usd is None and budget_tokens is None
        """Whether calls may go side by side: a first one was answered, or no budget needs their size."""
        self._lock = threading.Condition()

    @property
    def spent(self) -> Spent:
        """What has been used so far; calls in flight count as calls, not yet as tokens."""
        with self._lock:
            return replace(self._spent, usd=self._usd(self._spent.tokens_in, self._spent.tokens_out))

    def count_before(self, calls: int, tokens_in: int, tokens_out: int) -> None:
        """Count what was used before this ledger was opened; the budgets hold for both together."""
        with self._lock:
            spent = self._spent
            self._spent = replace(
                spent,
                calls=spent.calls + calls,
                tokens_in=spent.tokens_in + tokens_in,
                tokens_out=spent.tokens_out + tokens_out,
            )

    def reserve(self, tokens_in: int, tokens_out: int) -> Reservation:
        """Set a call aside: a guess of its input, the bound of its output, in tokens.

        Raises BudgetReached where the call would exceed a budget; nothing is then set aside.
        """
        with self._lock:
            self._lock.wait_for(lambda: self._settled or not self._in_flight)
            call = Reservation(self._largest_in or tokens_in, tokens_out)
            total_in = self._spent.tokens_in + self._reserved_in + call.tokens_in
            total_out = self._spent.tokens_out + self._reserved_out + call.tokens_out
            self._check(total_in, total_out)
            self._reserved_in += call.tokens_in
            self._reserved_out += call.tokens_out
            self._in_flight += 1
            self._spent = replace(self._spent, calls=self._spent.calls + 1)
            return call

    def settle(self, call: Reservation, usage: tuple[int, int] | None) -> None:
        """A call was answered with this usage (input, output); None charges what was reserved."""
        tokens_in, tokens_out = usage or (call.tokens_in, call.tokens_out)
        with self._lock:
            self._release(call)
            self._settled = True
            if usage:
                self._largest_in = max(self._largest_in, tokens_in)
            self._spent = replace(
                self._spent,
                tokens_in=self._spent.tokens_in + tokens_in,
                tokens_out=self._spent.tokens_out + tokens_out,
                estimated_calls=self._spent.estimated_calls + (usage is None),
            )

    def cancel(self, call: Reservation) -> None:
        """A call failed: it stays counted as a call, without tokens."""
        with self._lock:
            self._release(call)

    def _release(self, call: Reservation) -> None:
        self._reserved_in -= call.tokens_in
        self._reserved_out -= call.tokens_out
        self._in_flight -= 1
        self._lock.notify_all()

    def _check(self, total_in: int, total_out: int) -> None:
        if self._budget_calls is not None and self._spent.calls + 1 > self._budget_calls:
            raise BudgetReached(f"the budget of {self._budget_calls} calls is spent")
        if self._budget_tokens is not None and total_in + total_out > self._budget_tokens:
            raise BudgetReached(f"the budget of {self._budget_tokens} tokens is spent: the next call could exceed it")
        usd = self._usd(total_in, total_out)
        if self._budget_usd is not None and usd is not None and usd > self._budget_usd:
            raise BudgetReached(f"the budget of {self._budget_usd:g} USD is spent: the next call could exceed it")

    def _usd(self, tokens_in: int, tokens_out: int) -> float | None:
        if self._price is None:
            return None
        return (tokens_in * self._price[0] + tokens_out * self._price[1]) / 1e6
