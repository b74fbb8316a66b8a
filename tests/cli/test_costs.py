"""A budget holds for the run folder: what earlier starts used counts, and the end says what was used."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.pocket.clips import write_clips
from spectrum.runs.store import AnswerStore
from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from tests.support.openai_server import OpenAIServer, Says
from video_index.ingest import ingest

USD_A_CALL = 0.00201  # 1,000 tokens in at 2 USD a million, 1 out at 10
PRICES = ("--price-in", 2, "--price-out", 10)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("costs")
    write_clips(place / "clips", per_value=1, controls=0, seconds=0.3)
    ingest(place / "clips", place / "index", ColourEmbedder())
    return place / "index"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda request: Says("Yes", usage=(1000, 1))) as running:
        yield running


def benched(server: OpenAIServer, index: Path, out: Path, *more: object) -> tuple[object, ...]:
    return ("bench", server.spec, "--index", index, "--no-null-ladder", "--per-clip", 2, "--out", out,
            "--no-logprobs", *PRICES, "--quiet", *more)  # fmt: skip


def stored(out: Path) -> int:
    with AnswerStore(out / "answers.sqlite", read_only=True) as store:
        return len(store)


def test_a_second_start_does_not_spend_the_budget_again(
    server: OpenAIServer, index: Path, shell: Shell, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    first = shell(*benched(server, index, out, "--budget", 0.06))
    assert first.status == 3
    answered = stored(out)
    assert 20 <= answered <= 29 and len(server.requests) == answered
    used = re.search(r"has used ([0-9.]+) USD, ([0-9]+) calls, .* in all; ([0-9]+) of ([0-9]+) asks", first.err)
    assert used is not None, first.err
    assert float(used[1]) == pytest.approx(answered * USD_A_CALL, abs=1e-4)  # calls that were in flight are in it
    assert (int(used[2]), int(used[3])) == (answered, answered)
    again = shell(*benched(server, index, out, "--budget", 0.06))
    assert again.status == 3 and "with a larger bound" in again.err
    assert stored(out) * USD_A_CALL <= 0.06
    done = shell(*benched(server, index, out, "--budget", 5))
    assert done.status == 0, done.err
    assert stored(out) == int(used[4]) == len(server.requests)


def test_calls_and_tokens_count_over_all_starts(
    server: OpenAIServer, index: Path, shell: Shell, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    for bound in (("--budget-calls", 12), ("--budget-calls", 12), ("--budget-tokens", 12_500)):
        assert shell(*benched(server, index, out, *bound)).status == 3
        assert stored(out) == 12 == len(server.requests)


def test_answers_copied_from_another_run_were_not_paid_here(
    server: OpenAIServer, index: Path, shell: Shell, tmp_path: Path
) -> None:
    shell(*benched(server, index, tmp_path / "one", "--budget-calls", 10))
    ran = shell(*benched(server, index, tmp_path / "two", "--reuse", tmp_path / "one", "--budget-calls", 5))
    assert ran.status == 3
    assert len(server.requests) == 15
    again = shell(*benched(server, index, tmp_path / "two", "--reuse", tmp_path / "one", "--budget-calls", 9))
    assert again.status == 3
    assert len(server.requests) == 19


def test_the_end_of_a_run_says_what_it_has_used(
    server: OpenAIServer, index: Path, shell: Shell, tmp_path: Path
) -> None:
    command = [word for word in benched(server, index, tmp_path / "run") if word != "--quiet"]
    ran = shell(*command)
    assert ran.status == 0, ran.err
    calls = len(server.requests)
    assert f"has used {calls * USD_A_CALL:.4f} USD, {calls} calls, {1000 * calls:,} tokens in, {calls} out" in ran.err
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["answered"] == calls
    assert f"has used {calls * USD_A_CALL:.4f} USD, {calls} calls" in shell(*command).err  # nothing was asked anew
