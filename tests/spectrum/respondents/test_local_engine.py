"""Nothing is computed twice: pictures, prompt beginnings and questions; and nothing of it is held without bound."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import ConfigError
from spectrum.respondents.held import Held
from spectrum.respondents.local import LocalRespondent
from spectrum.respondents.picture_memo import PictureMemo
from tests.support.checkpoints import ask, group, noise_view, with_template

torch = pytest.importorskip("torch")

ASKS = (
    ask("like", "Do you like this clip? Answer yes or no."),
    ask("long", "Would you keep watching a video like this one, with food and family and music in it? Yes or no?"),
    ask("short", "Yes?"),
)
PERSONAS = ("", "You are a person who values nature above all.", "You dislike what is new.")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tiny_checkpoints: Mapping[str, Path]) -> Path:
    return tiny_checkpoints["smolvlm"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[LocalRespondent], dict[str, list[int]]]:
    """Counts, from now on, tokens of each pass of the language model and pictures of each vision pass."""

    def watch(respondent: LocalRespondent) -> dict[str, list[int]]:
        seen: dict[str, list[int]] = {"vision": [], "prefix": [], "questions": []}
        with respondent._copy() as copy:
            model = copy.checkpoint.model
        own_forward, own_features = model.forward, model.model.get_image_features

        def forward(**inputs: Any) -> Any:
            behind = inputs["past_key_values"].get_seq_length() > 0
            seen["questions" if behind else "prefix"].append(inputs["input_ids"].shape[1])
            return own_forward(**inputs)

        def get_image_features(pixel_values: Any, pixel_attention_mask: Any = None, **options: Any) -> Any:
            seen["vision"].append(pixel_values.shape[1])
            return own_features(pixel_values, pixel_attention_mask, **options)

        monkeypatch.setattr(model, "forward", forward)
        monkeypatch.setattr(model.model, "get_image_features", get_image_features)
        return seen

    return watch


def test_pictures_are_encoded_once_for_all_personas_and_wordings(folder: Path, calls: Any) -> None:
    respondent = LocalRespondent(folder, device_map="cpu")
    seen = calls(respondent)
    for persona in PERSONAS:
        respondent.answer(group(noise_view(1, frames=3), *ASKS, system=persona))
    assert seen["vision"] == [3]
    assert len(seen["prefix"]) == len(PERSONAS)
    respondent.answer(group(noise_view(2, frames=3), *ASKS))
    assert seen["vision"] == [3, 3]


def test_with_the_clip_first_its_part_of_the_prompt_is_read_once(folder: Path, calls: Any) -> None:
    respondent = LocalRespondent(folder, device_map="cpu", clip_first=True)
    seen = calls(respondent)
    for persona in PERSONAS:
        respondent.answer(group(noise_view(1, frames=3), *ASKS, system=persona))
    assert len(seen["vision"]) == len(seen["prefix"]) == 1


def test_the_clip_first_is_another_prompt_and_says_so(folder: Path) -> None:
    usual, first = (LocalRespondent(folder, device_map="cpu", clip_first=way) for way in (False, True))
    assert usual.settings["layout"] != first.settings["layout"] and "the clip first" in first.settings["layout"]
    view, persona = noise_view(3), PERSONAS[1]
    spelled = group(view, *[ask(one.ask_id, f"{persona}\n\n{one.after_media}") for one in ASKS])
    for one, other in zip(first.answer(group(view, *ASKS, system=persona)), usual.answer(spelled), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        assert one.text == other.text and one.tokens_in == other.tokens_in


def test_a_question_costs_its_own_tokens_and_one_token_a_step(folder: Path, calls: Any) -> None:
    respondent = LocalRespondent(folder, device_map="cpu", written=False)
    seen = calls(respondent)
    replies = respondent.answer(group(noise_view(4, frames=4), *ASKS))
    (prefix,) = seen["prefix"]
    assert seen["questions"][0] == sum(reply.tokens_in - prefix for reply in replies)
    assert prefix > 16 and all(tokens <= 30 for tokens in seen["questions"][1:])


def test_what_all_questions_begin_with_is_read_once(folder: Path, calls: Any) -> None:
    respondent = LocalRespondent(folder, device_map="cpu", written=False)
    seen = calls(respondent)
    said = "You are a person who values nature, and who likes to keep watching videos of food and music. "
    asks = [ask(f"q{number}", said + text) for number, text in enumerate(("Yes?", "No?", "Why would you?"))]
    together = respondent.answer(group(noise_view(5), *asks))
    shared, own = seen["questions"][:2]
    assert shared >= 15 and own < shared
    for one, reply in zip(asks, together, strict=True):
        (alone,) = respondent.answer(group(noise_view(5), one))
        assert alone.probabilities == pytest.approx(reply.probabilities, abs=1e-5)


def test_a_picture_changed_under_the_same_name_is_another_picture(folder: Path) -> None:
    respondent = LocalRespondent(folder, device_map="cpu")
    (before,) = respondent.answer(group(noise_view(6), ASKS[0]))
    view, other = noise_view(6), noise_view(7)
    blanked = type(view)(view.clip_id, view.spec, other.load)
    (after,) = respondent.answer(group(blanked, ASKS[0]))
    (truth,) = respondent.answer(group(other, ASKS[0]))
    assert after.probabilities == truth.probabilities != before.probabilities


def test_copies_of_the_weights_answer_at_once_and_alike(folder: Path) -> None:
    respondent = LocalRespondent(folder, device_map="cpu", copies=2)
    assert respondent.concurrency == 2
    groups = [group(noise_view(seed), *ASKS) for seed in range(4)]
    found: dict[int, Any] = {}

    def work(numbers: range) -> None:
        for number in numbers:
            found[number] = respondent.answer(groups[number])

    threads = [threading.Thread(target=work, args=(range(start, 4, 2),)) for start in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    single = LocalRespondent(folder, device_map="cpu")
    for number, one in enumerate(groups):
        for reply, expected in zip(found[number], single.answer(one), strict=True):
            assert (reply.text, reply.probabilities) == (expected.text, expected.probabilities)


def test_no_copies_are_one_line(folder: Path) -> None:
    with pytest.raises(ConfigError, match="copies must be 1 or more, not 0"):
        LocalRespondent(folder, copies=0)


def test_an_engine_that_does_not_hold_is_named_and_the_answers_are_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = LocalRespondent(folder, device_map="cpu")
    monkeypatch.setattr("spectrum.respondents.packed_passes._ATTENTIONS", ("eager",))
    plain = LocalRespondent(folder, device_map="cpu")
    assert fast.settings["engine"] == "shared prefix"
    assert plain.settings["engine"] == "plain batches: its attention is sdpa, which takes no mask of ours"
    view = noise_view(8)
    pairs = zip(fast.answer(group(view, *ASKS)), plain.answer(group(view, *ASKS)), strict=True)
    for one, other in pairs:
        assert one.text == other.text and one.probabilities == pytest.approx(other.probabilities, abs=1e-4)


def test_words_before_pictures_that_a_template_moves_are_told_apart(
    tiny_checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    template = (
        "{% for message in messages %}{% for part in message['content'] if part['type'] == 'text' %}"
        "{{ part['text'] }} {% endfor %}{% for part in message['content'] if part['type'] == 'image' %}<image>\n"
        "{% endfor %}{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
    )
    folder = with_template(tiny_checkpoints["llava"], tmp_path / "words-first", template)
    respondent = LocalRespondent(folder, device_map="cpu")
    for seed in (1, 2):
        together = respondent.answer(group(noise_view(seed), *ASKS))
        assert len({reply.probabilities for reply in together}) == len(ASKS)
        for one, reply in zip(ASKS, together, strict=True):
            (alone,) = LocalRespondent(folder, device_map="cpu", engine="plain").answer(group(noise_view(seed), one))
            assert alone.text == reply.text and alone.probabilities == pytest.approx(reply.probabilities, abs=1e-4)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12)), max_size=40))
def test_what_is_held_stays_within_its_bytes(puts: list[tuple[str, int]]) -> None:
    held: Held[int] = Held(20)
    last: dict[str, int] = {}
    for key, size in puts:
        held.put(key, size, size)
        last[key] = size
        assert held.get(key) == size
        assert held.bytes_held <= 20
    assert held.bytes_held == sum(size for key, size in last.items() if held.get(key) is not None)


def test_a_value_larger_than_the_bound_is_not_held() -> None:
    held: Held[str] = Held(10)
    held.put("small", "s", 4)
    held.put("large", "l", 11)
    assert held.get("large") is None and held.get("small") == "s"
    held.clear()
    assert held.get("small") is None and held.bytes_held == 0


def test_the_oldest_pictures_are_forgotten() -> None:
    memo = PictureMemo(clips=2)
    memo.of("a").append(("image_processor", {}, 1))
    memo.of("b")
    memo.of("a")
    memo.of("c")
    assert memo.of("a") and not memo.of("b")
