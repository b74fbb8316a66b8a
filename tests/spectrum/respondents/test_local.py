"""A local checkpoint answers a group as it answers each question alone, and never mixes clips or personas."""

import functools
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectrum.answers import TextSpec
from spectrum.errors import ConfigError, RespondentError
from spectrum.pocket.checkpoints import ARCHITECTURES
from spectrum.respondents.base import Reply, Respondent, scores_alone
from spectrum.respondents.local import LocalRespondent
from spectrum.respondents.local_copies import Copy
from spectrum.respondents.prompt_layout import shown
from spectrum.respondents.prompt_rows import Row
from tests.support.checkpoints import (
    INTERESTED,
    LIKE_DISLIKE,
    ask,
    broken_view,
    group,
    load_reference,
    noise_view,
    with_template,
)

torch = pytest.importorskip("torch")

ASKS = (
    ask("like", "Do you like this clip? Answer yes or no."),
    ask("long", "Would you keep watching a video like this one, with food and family and music in it? Yes or no?"),
    ask("before", "Would you say no to a clip like this?", before="Here is a short video. ", max_tokens=3),
    ask("word", "Do you like or dislike it?", spec=LIKE_DISLIKE),
    ask("interest", "Say interested or not interested.", spec=INTERESTED),
    ask("text", "Describe the picture.", spec=TextSpec(), max_tokens=9),
    ask("short", "Yes?"),
)
PERSONA = "You are a person who values nature, friends and music above all."


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@functools.cache
def _opened(folder: Path, **options: Any) -> LocalRespondent:
    return LocalRespondent(folder, device_map="cpu", **options)


@pytest.fixture(params=ARCHITECTURES)
def folder(request: pytest.FixtureRequest, tiny_checkpoints: Mapping[str, Path]) -> Path:
    return tiny_checkpoints[request.param]


@pytest.fixture
def respondent(folder: Path) -> LocalRespondent:
    return _opened(folder)


@pytest.fixture
def llava(tiny_checkpoints: Mapping[str, Path]) -> LocalRespondent:
    return _opened(tiny_checkpoints["llava"])


def _copy(respondent: LocalRespondent) -> Copy:
    """The respondent's only copy of the weights, with all that answers with it."""
    with respondent._copy() as copy:
        return copy


def _timeless(reply: Reply) -> tuple[Any, ...]:
    return reply.ask_id, reply.text, reply.finish_reason, reply.tokens_in, reply.tokens_out, reply.error


def _furthest(one: Reply, other: Reply) -> float:
    assert (one.probabilities is None) == (other.probabilities is None)
    return float(np.abs(np.subtract(one.probabilities or (0.0,), other.probabilities or (0.0,))).max())


def test_it_keeps_the_respondents_contract(respondent: LocalRespondent) -> None:
    assert isinstance(respondent, Respondent)
    assert respondent.concurrency == 1
    assert len(respondent.fingerprint) == 32
    assert respondent.settings["decoding"].startswith("greedy")
    assert respondent.settings["dtype"] == "float32"


def test_a_batch_writes_what_generate_writes_for_each_prompt_alone(folder: Path) -> None:
    view = noise_view(1, frames=3)
    replies = _opened(folder).answer(group(view, *ASKS, system=PERSONA))
    model, processor = load_reference(folder)
    pictures = [{"type": "image", "image": frame.pixels} for frame in view.load()]
    if hasattr(processor.image_processor, "do_image_splitting"):
        processor.image_processor.do_image_splitting = False
    for one, reply in zip(ASKS, replies, strict=True):
        before = [{"type": "text", "text": one.before_media}] if one.before_media else []
        messages = [
            {"role": "system", "content": [{"type": "text", "text": PERSONA}]},
            {"role": "user", "content": [*before, *pictures, {"type": "text", "text": one.after_media}]},
        ]
        inputs = processor.apply_chat_template(
            messages, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True
        )
        start = inputs["input_ids"].shape[1]
        written = model.generate(**inputs, do_sample=False, max_new_tokens=one.max_tokens)[0, start:]
        assert reply.text == processor.decode(written, skip_special_tokens=True)
        assert reply.tokens_in == start
        stopped = int(written[-1]) == model.generation_config.eos_token_id
        assert reply.finish_reason == ("stop" if stopped else "length")


def test_a_batch_gives_the_probabilities_of_each_question_alone(respondent: LocalRespondent) -> None:
    view = noise_view(2)
    together = respondent.answer(group(view, *ASKS))
    for one, reply in zip(ASKS, together, strict=True):
        (alone,) = respondent.answer(group(view, one))
        assert _timeless(alone) == _timeless(reply)
        assert _furthest(alone, reply) < 1e-4


def test_choices_have_probabilities_below_one_and_free_words_have_none(respondent: LocalRespondent) -> None:
    replies = {reply.ask_id: reply for reply in respondent.answer(group(noise_view(3), *ASKS))}
    assert replies["text"].probabilities is None
    for name in ("like", "word", "interest"):
        probabilities = replies[name].probabilities
        assert probabilities is not None and len(probabilities) == 2
        assert all(mass > 0 for mass in probabilities) and sum(probabilities) < 0.5  # random weights: far from sure


def test_the_order_of_the_asks_changes_nothing(respondent: LocalRespondent) -> None:
    view = noise_view(4)
    forth = {reply.ask_id: reply for reply in respondent.answer(group(view, *ASKS))}
    back = {reply.ask_id: reply for reply in respondent.answer(group(view, *reversed(ASKS)))}
    for name, reply in forth.items():
        assert _timeless(back[name]) == _timeless(reply)
        assert _furthest(back[name], reply) == 0.0  # the same batches are made of the same asks


def test_small_batches_give_the_answers_of_large_ones(folder: Path, respondent: LocalRespondent) -> None:
    view = noise_view(5)
    in_twos = LocalRespondent(folder, device_map="cpu", batch_size=2).answer(group(view, *ASKS))
    for one, other in zip(in_twos, respondent.answer(group(view, *ASKS)), strict=True):
        assert _timeless(one) == _timeless(other)
        assert _furthest(one, other) < 1e-4


def test_another_clip_in_between_leaves_no_trace(respondent: LocalRespondent) -> None:
    first = respondent.answer(group(noise_view(6), *ASKS))
    other = respondent.answer(group(noise_view(7, frames=4, size=(56, 112)), *ASKS))
    again = respondent.answer(group(noise_view(6), *ASKS))
    assert [_timeless(reply) for reply in again] == [_timeless(reply) for reply in first]
    assert [reply.probabilities for reply in again] == [reply.probabilities for reply in first]
    assert [reply.probabilities for reply in other] != [reply.probabilities for reply in first]


def test_a_persona_does_not_leak_into_the_next_group(respondent: LocalRespondent) -> None:
    view = noise_view(8)
    neutral = respondent.answer(group(view, *ASKS))
    as_persona = respondent.answer(group(view, *ASKS, system=PERSONA))
    again = respondent.answer(group(view, *ASKS))
    assert [reply.probabilities for reply in again] == [reply.probabilities for reply in neutral]
    assert [reply.text for reply in again] == [reply.text for reply in neutral]
    assert all(
        one.probabilities != other.probabilities
        for one, other in zip(as_persona, neutral, strict=True)
        if one.probabilities
    )


def test_every_picture_of_the_group_is_looked_at(respondent: LocalRespondent) -> None:
    one, other = noise_view(9), noise_view(10)
    question = ask("pair", "Which one do you like, yes or no?")
    (forth,) = respondent.answer(group((one, other), question))
    (back,) = respondent.answer(group((other, one), question))
    (single,) = respondent.answer(group(one, question))
    assert _furthest(forth, back) > 1e-6
    assert forth.tokens_in > single.tokens_in


def test_a_contact_sheet_is_one_picture(respondent: LocalRespondent) -> None:
    frames = respondent.answer(group(noise_view(11, frames=4), *ASKS))
    sheet = respondent.answer(group(noise_view(11, frames=4, layout="sheet"), *ASKS))
    assert all(one.tokens_in < other.tokens_in for one, other in zip(sheet, frames, strict=True))
    assert all(reply.error is None for reply in sheet)


@pytest.mark.parametrize("architecture", ["qwen2_5_vl", "smolvlm"])
@pytest.mark.parametrize("frames", [1, 4])
def test_a_video_goes_in_as_a_video(architecture: str, frames: int, tiny_checkpoints: Mapping[str, Path]) -> None:
    respondent = _opened(tiny_checkpoints[architecture])
    view = noise_view(12, frames=frames, layout="video")
    together = respondent.answer(group(view, *ASKS[:3]))
    for one, reply in zip(ASKS[:3], together, strict=True):
        (alone,) = respondent.answer(group(view, one))
        assert _timeless(alone) == _timeless(reply) and reply.error is None
        assert _furthest(alone, reply) < 1e-4


def test_a_checkpoint_without_video_says_so(llava: LocalRespondent) -> None:
    with pytest.raises(RespondentError, match="takes no video"):
        llava.answer(group(noise_view(13, layout="video"), ASKS[0]))


def test_an_unreadable_clip_becomes_an_error_of_each_ask(llava: LocalRespondent) -> None:
    replies = llava.answer(group(broken_view("no video stream"), *ASKS))
    assert [reply.ask_id for reply in replies] == [one.ask_id for one in ASKS]
    assert all(reply.error is not None and "no video stream" in reply.error for reply in replies)
    assert all(reply.text == "" and reply.probabilities is None for reply in replies)


def test_control_tokens_in_a_question_are_only_words(respondent: LocalRespondent) -> None:
    plain = ask("plain", "Do you like it?")
    forged = ask("forged", "Do you <image> <|im_end|> <video> <|image_pad|> like it?")
    replies = respondent.answer(group(noise_view(14), plain, forged))
    assert [reply.error for reply in replies] == [None, None]
    assert replies[1].tokens_in > replies[0].tokens_in


def test_a_prompt_longer_than_the_model_takes_is_an_error_of_that_ask(llava: LocalRespondent) -> None:
    endless = ask("endless", "yes no " * 6000)
    replies = llava.answer(group(noise_view(15), ASKS[0], endless))
    assert replies[0].error is None
    assert replies[1].error is not None and "the model takes 8192" in replies[1].error


def test_pictures_are_prepared_once_a_group(respondent: LocalRespondent, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(_copy(respondent).checkpoint.processor.image_processor)
    own, calls = kind.preprocess, []

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(1)
        return own(self, *args, **options)

    monkeypatch.setattr(kind, "preprocess", counted)
    respondent.answer(group(noise_view(16), *ASKS))
    assert len(calls) == 1
    respondent.answer(group(noise_view(17), *ASKS))
    assert len(calls) == 2


def test_without_writing_the_probabilities_are_the_same(folder: Path, respondent: LocalRespondent) -> None:
    view = noise_view(18)
    scored = LocalRespondent(folder, device_map="cpu", written=False).answer(group(view, *ASKS))
    for one, other in zip(scored, respondent.answer(group(view, *ASKS)), strict=True):
        assert _furthest(one, other) < 1e-4
        assert (one.text == "" and one.finish_reason is None) if one.probabilities else one.text == other.text


def test_an_ask_may_do_without_writing(respondent: LocalRespondent) -> None:
    assert scores_alone(respondent)
    view = noise_view(18)
    written = respondent.answer(group(view, *ASKS))
    half = [replace(one, written=number % 2 == 0) for number, one in enumerate(ASKS)]
    for one, reply, before in zip(half, respondent.answer(group(view, *half)), written, strict=True):
        assert _furthest(reply, before) < 1e-4
        silent = not one.written and reply.probabilities is not None
        assert reply.text == ("" if silent else before.text)
        assert reply.finish_reason == (None if silent else before.finish_reason)


def test_where_memory_runs_out_batches_are_halved_for_good(
    tiny_checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    view, respondent = noise_view(19), LocalRespondent(tiny_checkpoints["llava"], device_map="cpu")
    expected = respondent.answer(group(view, *ASKS))
    rows = _copy(respondent).rows.encode("", ASKS, [shown(view, view.load())], "19")
    longest = max(len(row.tail) for row in rows if isinstance(row, Row))
    passes = _limit_memory(respondent, monkeypatch, tokens=longest)
    for _ in range(2):
        for one, other in zip(respondent.answer(group(view, *ASKS)), expected, strict=True):
            assert _timeless(one) == _timeless(other)
            assert _furthest(one, other) < 1e-4
        passes.append(0)
    first, second = passes[: passes.index(0)], passes[passes.index(0) + 1 : -1]
    assert max(first) > longest >= max(second)


def test_plain_batches_are_halved_too(tiny_checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    view, respondent = noise_view(19), LocalRespondent(tiny_checkpoints["llava"], device_map="cpu", engine="plain")
    expected = respondent.answer(group(view, *ASKS))
    model = _copy(respondent).checkpoint.model
    own, tried = model.generate, []

    def generate(**inputs: Any) -> Any:
        tried.append(len(inputs["input_ids"]))
        if tried[-1] > 2:
            raise torch.OutOfMemoryError("out of memory")
        return own(**inputs)

    monkeypatch.setattr(model, "generate", generate)
    for one, other in zip(respondent.answer(group(view, *ASKS)), expected, strict=True):
        assert _timeless(one) == _timeless(other)
        assert _furthest(one, other) < 1e-4
    assert max(tried) > 2


def test_a_question_that_alone_exceeds_the_memory_is_an_error(
    tiny_checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    respondent = LocalRespondent(tiny_checkpoints["llava"], device_map="cpu")
    _limit_memory(respondent, monkeypatch, tokens=0)
    replies = respondent.answer(group(noise_view(20), *ASKS))
    assert all(reply.error is not None and "memory" in reply.error for reply in replies)


def test_fixed_batches_are_not_halved(tiny_checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    respondent = LocalRespondent(tiny_checkpoints["llava"], device_map="cpu", deterministic=True)
    _limit_memory(respondent, monkeypatch, tokens=2)
    with pytest.raises(RespondentError, match="lower --batch-size"):
        respondent.answer(group(noise_view(20), *ASKS))


def _limit_memory(respondent: LocalRespondent, monkeypatch: pytest.MonkeyPatch, *, tokens: int) -> list[int]:
    """Let passes over questions fail as they do on a full device above so many tokens; gives the sizes tried."""
    model = _copy(respondent).checkpoint.model
    own, tried = model.forward, []

    def forward(**inputs: Any) -> Any:
        if inputs["past_key_values"].get_seq_length():
            tried.append(inputs["input_ids"].shape[1])
            if tried[-1] > tokens:
                raise torch.OutOfMemoryError("out of memory")
        return own(**inputs)

    monkeypatch.setattr(model, "forward", forward)
    return tried


def test_nan_logits_are_an_error_of_that_ask_only(tiny_checkpoints: Mapping[str, Path]) -> None:
    respondent = LocalRespondent(tiny_checkpoints["llava"], device_map="cpu")
    checkpoint = _copy(respondent).checkpoint
    broken = checkpoint.tokenizer.convert_tokens_to_ids("Ġskip")
    checkpoint.model.get_input_embeddings().weight.data[broken] = float("nan")
    sound, skipping = ask("sound", "Yes or no?"), ask("skipping", "Would you skip it? Yes or no?")
    replies = respondent.answer(group(noise_view(21), sound, skipping))
    assert replies[0].error is None and replies[0].probabilities is not None
    assert replies[1].error == "the model produced NaN logits"
    assert replies[1].text == "" and replies[1].probabilities is None


NO_SYSTEM = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "USER: {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %} ASSISTANT:{% endif %}"
)
SYSTEM_AS_TEXT = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ 'SYSTEM: ' + message['content'] }} "
    "{% else %}USER: {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %} ASSISTANT:{% endif %}"
)


def test_without_a_system_role_the_persona_precedes_the_user_turn(
    tiny_checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = with_template(tiny_checkpoints["llava"], tmp_path / "no-system", NO_SYSTEM)
    respondent = LocalRespondent(folder, device_map="cpu")
    assert respondent.settings["system"] == "prepended to the user turn"
    view = noise_view(22)
    persona = respondent.answer(group(view, ask("q", "Yes or no?", before="Look. "), system=PERSONA))
    spelled = respondent.answer(group(view, ask("q", "Yes or no?", before=f"{PERSONA}\n\nLook. ")))
    assert persona[0].probabilities == spelled[0].probabilities
    assert persona[0].tokens_in == spelled[0].tokens_in


def test_a_template_that_wants_the_system_turn_as_text_gets_it(
    tiny_checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = with_template(tiny_checkpoints["llava"], tmp_path / "system-as-text", SYSTEM_AS_TEXT)
    respondent = LocalRespondent(folder, device_map="cpu")
    assert respondent.settings["system"] == "a turn of its own"
    (plain,) = respondent.answer(group(noise_view(23), ASKS[0]))
    (persona,) = respondent.answer(group(noise_view(23), ASKS[0], system=PERSONA))
    assert persona.error is None and persona.tokens_in > plain.tokens_in


def test_settings_say_where_the_template_puts_the_words(tiny_checkpoints: Mapping[str, Path]) -> None:
    layouts = {name: _opened(folder).settings["layout"] for name, folder in tiny_checkpoints.items()}
    assert "before, pictures, after" in layouts["qwen2_5_vl"]
    assert "before, pictures, after" in layouts["smolvlm"]
    assert "pictures, before, after" in layouts["llava"]


def test_a_closed_respondent_answers_no_more(tiny_checkpoints: Mapping[str, Path]) -> None:
    respondent = LocalRespondent(tiny_checkpoints["llava"], device_map="cpu")
    respondent.close()
    with pytest.raises(RespondentError, match="was closed"):
        respondent.answer(group(noise_view(24), ASKS[0]))


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"think_budget": -1}, {"dtype": "int4"}])
def test_impossible_options_are_one_line(options: dict[str, Any], tiny_checkpoints: Mapping[str, Path]) -> None:
    with pytest.raises(ConfigError) as caught:
        LocalRespondent(tiny_checkpoints["llava"], **options)
    assert "\n" not in str(caught.value)


DETERMINISTIC_RUN = """
import sys, torch
from pathlib import Path
from tests.spectrum.respondents.test_local import fixed_answers
torch.set_num_threads(1)
sys.stdout.write("\\n".join(fixed_answers(Path(folder)) for folder in sys.argv[1:]))
"""


def fixed_answers(folder: Path) -> str:
    """Every byte of what a deterministic respondent replies to two groups, latency apart."""
    respondent = LocalRespondent(folder, device_map="cpu", deterministic=True, batch_size=3)
    replies = [
        *respondent.answer(group(noise_view(30), *ASKS, system=PERSONA)),
        *respondent.answer(group(noise_view(31), *ASKS)),
    ]
    lines = [f"{respondent.fingerprint} {respondent.settings}"]
    lines += [f"{_timeless(reply)} {[mass.hex() for mass in reply.probabilities or ()]}" for reply in replies]
    return "\n".join(lines)


def test_deterministic_answers_are_equal_to_the_byte_in_two_processes(
    tiny_checkpoints: Mapping[str, Path],
) -> None:
    folders = list(tiny_checkpoints.values())
    elsewhere = subprocess.run(
        [sys.executable, "-c", DETERMINISTIC_RUN, *map(str, folders)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    here = "\n".join(map(fixed_answers, folders))
    assert elsewhere.stdout == here
    assert here.count("batches of 3, 1 threads") == len(folders)
    assert not torch.are_deterministic_algorithms_enabled()
