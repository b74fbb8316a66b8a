"""Faults at the other end, through whole runs: each has an outcome and a reason, and the run goes on."""

import json
import time
from pathlib import Path

import pytest

from spectrum.errors import RespondentError
from spectrum.respondents.chat import ChatRespondent
from spectrum.runs.ask import ask
from spectrum.runs.store import AnswerStore
from tests.spectrum.respondents.groups import make_group
from tests.support.chat import KEY, chat
from tests.support.openai_server import (
    BROKEN_JSON,
    HTML,
    OTHER_JSON,
    TRUNCATED,
    Behaviour,
    Fails,
    Hangs,
    OpenAIServer,
    Received,
    Says,
    yes_or_no,
)

pytestmark = pytest.mark.usefixtures("loopback_key")


def served(server: OpenAIServer, **options: object) -> ChatRespondent:
    return chat(server, **{"timeout_s": 0.7, "max_retries": 1, **options})  # type: ignore[arg-type]


def outcomes(store: AnswerStore) -> list[tuple[str, str | None]]:
    """Outcome and reason of each ask, in order of ask_id."""
    table = store.table()
    return list(zip(table["outcome"].to_pylist(), table["error"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fails(429), "429"),
        (Fails(500), "500"),
        (Hangs(60.0), "timed out"),
        (TRUNCATED, "peer closed connection"),
        (HTML, "unreadable answer"),
        (BROKEN_JSON, "unreadable answer"),
        (OTHER_JSON, "unreadable answer"),
        (Fails(400, "no such picture"), "no such picture"),
        (Fails(413, "request too large"), "request too large"),
    ],
)
def test_a_question_that_always_fails_is_an_error_with_a_reason_and_costs_no_other(
    store: AnswerStore, fault: Behaviour, said: str
) -> None:
    def script(request: Received) -> Behaviour:
        return fault if "(1)" in request.question else yes_or_no(request)

    with OpenAIServer(script) as server:
        done = ask(served(server), [make_group("a", 3), make_group("b", 1)], store, retries=0)
    assert (done.answered, done.failed) == (3, 1)
    reasons = [reason for outcome, reason in outcomes(store) if outcome == "error"]
    assert len(reasons) == 1 and said in str(reasons[0]) and "\n" not in str(reasons[0])


def test_a_wrong_model_name_is_one_line_and_is_not_asked_again(store: AnswerStore) -> None:
    with OpenAIServer(models=("another",)) as server:
        with pytest.raises(RespondentError) as caught:
            ask(served(server, max_retries=8), [make_group(clip, 4) for clip in "abcdef"], store)
        assert len(server.requests) <= 8, "one a group in flight, and none of them twice"
        assert all(request.seen_before == 0 for request in server.requests)
    assert "tiny-vlm" in str(caught.value) and "\n" not in str(caught.value)
    assert len(store) == 0


@pytest.mark.parametrize("says", [Says(""), Says(None), Says("  \n ")])
def test_an_empty_text_is_no_choice_and_no_fault(store: AnswerStore, says: Says) -> None:
    with OpenAIServer(says) as server:
        done = ask(served(server), [make_group("a", 2)], store)
        assert len(server.requests) == 2
    assert done.answered == 2 and outcomes(store) == [("unparsed", None)] * 2


@pytest.mark.parametrize(("reason", "outcome"), [("length", "truncated"), ("stop", "unparsed")])
def test_ten_thousand_tokens_of_text_are_stored_as_they_are_and_read_quickly(
    store: AnswerStore, reason: str, outcome: str
) -> None:
    text = " ".join(f"maybe{number}" for number in range(10_000))
    with OpenAIServer(Says(text, finish_reason=reason, usage=(900, 10_000))) as server:
        started = time.process_time()
        ask(served(server, timeout_s=30.0), [make_group("a", 2)], store)
        assert time.process_time() - started < 10.0
    table = store.table()
    assert table["text"].to_pylist() == [text, text] and table["tokens_out"].to_pylist() == [10_000] * 2
    assert table["outcome"].to_pylist() == [outcome] * 2


def test_a_model_whose_weights_are_not_numbers_gives_errors_and_the_run_goes_on(
    store: AnswerStore, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    from spectrum.pocket.checkpoints import build_checkpoint
    from spectrum.respondents.local import LocalRespondent

    torch.set_num_threads(1)
    broken = build_checkpoint(tmp_path / "broken", "smolvlm", seed=7)
    weights = load_file(broken / "model.safetensors")
    save_file(
        {name: torch.full_like(value, float("nan")) for name, value in weights.items()},
        broken / "model.safetensors",
        metadata={"format": "pt"},
    )
    respondent = LocalRespondent(broken, device_map="cpu")
    assert respondent.settings["engine"].startswith("plain batches: ")
    done = ask(respondent, [make_group("a", 3), make_group("b", 2)], store, retries=0)
    assert (done.answered, done.failed, done.outcomes) == (0, 5, {"error": 5})
    assert {reason for _, reason in outcomes(store)} == {"the model produced NaN logits"}


def test_a_key_is_never_stored_whatever_the_server_says(store: AnswerStore, tmp_path: Path) -> None:
    def script(request: Received) -> Behaviour:
        if "(1)" in request.question:
            return Fails(400, f"Incorrect API key provided: {KEY}")
        return Says(f"Yes, {request.key} said so")

    with OpenAIServer(script) as server:
        respondent = served(server)
        ask(respondent, [make_group("a", 3)], store, retries=0)
        assert {request.key for request in server.requests} == {KEY}
    store.close()
    written = [*tmp_path.rglob("*")]
    assert written and not [path for path in written if path.is_file() and KEY.encode() in path.read_bytes()]
    assert KEY not in json.dumps(respondent.settings) + respondent.name + respondent.fingerprint
