"""A model that thinks first is read after its thinking, or not at all."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from spectrum.answers import TextSpec
from spectrum.respondents.base import Reply
from spectrum.respondents.local import LocalRespondent
from tests.support.checkpoints import ask, group, noise_view, plant_steps, with_template

pytest.importorskip("torch")

SURE = 30.0
TAGS = ("<think>", "</think>")
THINKS = {
    ":": {"<think>": SURE},
    "<think>": {"food": SURE},
    "food": {"music": SURE},
    "music": {"</think>": SURE},
    "</think>": {"Ċ": SURE},
    "Ċ": {"Yes": 8.0, "No": 7.0},
    "Yes": {"</s>": SURE},
    "No": {"</s>": SURE},
}
NEVER_ENDS = {**THINKS, "music": {"food": SURE}}
ANSWERS = {":": {"Yes": 8.0, "No": 7.0}, "Yes": {"</s>": SURE}, "No": {"</s>": SURE}}
OPENED = (
    "USER: {% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %} ASSISTANT:{% if enable_thinking is defined and not enable_thinking %}"
    "<think></think>\n{% else %}<think>{% endif %}{% endif %}"
)
QUESTION = ask("q", "Yes or no?", max_tokens=4)


@pytest.fixture(scope="module")
def folders(tiny_checkpoints: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("thinking")
    plans = {"thinks": THINKS, "never ends": NEVER_ENDS, "answers": ANSWERS}
    return {
        name: plant_steps(tiny_checkpoints["llava"], base / name.replace(" ", "-"), plan, extra_tokens=TAGS)
        for name, plan in plans.items()
    }


def _reply(folder: Path, budget: int) -> Reply:
    respondent = LocalRespondent(folder, device_map="cpu", think_budget=budget)
    assert respondent.settings["think_budget"] == str(budget)
    return respondent.answer(group(noise_view(1), QUESTION))[0]


def test_the_answer_is_read_after_the_thinking(folders: dict[str, Path]) -> None:
    thought, plain = _reply(folders["thinks"], 16), _reply(folders["answers"], 0)
    assert thought.text == "<think>foodmusic</think>\nYes"
    assert thought.finish_reason == "stop"
    assert thought.tokens_out == 6
    assert thought.probabilities == pytest.approx(plain.probabilities, abs=1e-3)
    assert thought.probabilities is not None and thought.probabilities[0] > 0.6


@pytest.mark.parametrize("budget", [1, 3, 12])
def test_thinking_that_is_not_closed_is_cut_off_and_not_read(folders: dict[str, Path], budget: int) -> None:
    reply = _reply(folders["never ends"], budget)
    assert reply.text.startswith("<think>") and "</think>" not in reply.text
    assert reply.finish_reason == "length"
    assert reply.probabilities is None
    assert reply.tokens_out == budget


def test_without_a_budget_thinking_fills_the_answers_place(folders: dict[str, Path]) -> None:
    reply = _reply(folders["thinks"], 0)
    assert reply.text == "<think>foodmusic</think>"
    assert reply.finish_reason == "length"
    assert reply.probabilities is not None and sum(reply.probabilities) < 1e-3


def test_a_budget_changes_nothing_for_a_model_that_does_not_think(folders: dict[str, Path]) -> None:
    with_budget, without = _reply(folders["answers"], 16), _reply(folders["answers"], 0)
    assert with_budget.text == without.text == "Yes"
    assert with_budget.probabilities == without.probabilities
    assert with_budget.tokens_out == without.tokens_out == 1


def test_a_batch_of_thinkers_is_read_row_by_row(folders: dict[str, Path]) -> None:
    respondent = LocalRespondent(folders["thinks"], device_map="cpu", think_budget=16)
    asks = [
        ask(
            f"q{size}",
            "Do you like it? " * size,
            max_tokens=size,
            spec=TextSpec() if size == 2 else QUESTION.answer_spec,
        )
        for size in (1, 2, 5)
    ]
    short, free, long = respondent.answer(group(noise_view(2), *asks))
    assert short.text == "<think>foodmusic</think>\n" and short.finish_reason == "length"
    assert free.text == "<think>foodmusic</think>\nYes" and free.probabilities is None
    assert long.text == "<think>foodmusic</think>\nYes" and long.finish_reason == "stop"
    assert short.probabilities == pytest.approx(long.probabilities, abs=1e-6)


def test_a_template_that_opens_the_thinking_is_understood(folders: dict[str, Path], tmp_path: Path) -> None:
    reply = _reply(with_template(folders["thinks"], tmp_path / "opened", OPENED), 16)
    assert reply.text == "<think>foodmusic</think>\nYes"
    assert reply.probabilities is not None and reply.probabilities[0] > 0.6


def test_a_template_with_a_switch_has_thinking_off_without_a_budget(folders: dict[str, Path], tmp_path: Path) -> None:
    reply = _reply(with_template(folders["thinks"], tmp_path / "switched", OPENED), 0)
    assert reply.text == "Yes"
    assert reply.probabilities is not None and reply.probabilities[0] > 0.6


def test_an_opened_thought_without_a_budget_shows_its_tag_and_is_not_read(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    template = OPENED.replace(
        "{% if enable_thinking is defined and not enable_thinking %}<think></think>\n{% else %}", ""
    )
    template = template.replace("<think>{% endif %}{% endif %}", "<think>{% endif %}")
    reply = _reply(with_template(folders["never ends"], tmp_path / "always", template), 0)
    assert reply.text == "<think>foodmusicfoodmusic"
    assert reply.finish_reason == "length"
    assert reply.probabilities is None
