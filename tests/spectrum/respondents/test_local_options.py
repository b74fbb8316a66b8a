"""Option probabilities are the mass on all ways of saying an option, each token counted once."""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.answers import ChoiceSpec
from spectrum.pocket.checkpoints import ARCHITECTURES
from spectrum.respondents.local import LocalRespondent
from spectrum.respondents.option_tokens import OptionForms, OptionTokens
from tests.support.checkpoints import (
    INTERESTED,
    LIKE_DISLIKE,
    ask,
    group,
    load_reference,
    noise_view,
    plant_steps,
)

pytest.importorskip("torch")

# The answer's place is after ":" (llava's generation prompt). Logits of the tokens named; all others have 0.
STEPS = {
    ":": {"yes": 4.0, "Yes": 5.0, "ĠYes": 3.0, "YES": 2.0, "no": 4.5, "Ċ": 4.0, "dis": 5.0, "Ġlike": 4.0, "like": 3.0,
          "not": 5.0, "interested": 4.0, "</s>": 1.0},
    "Ċ": {"Yes": 6.0, "No": 5.0, "Ċ": 4.0},
    "dis": {"like": 8.0},
    "not": {"Ġinterested": 7.0, "Ġlike": 6.0},
}  # fmt: skip
QUESTIONS = {
    "yes no": ask("yes no", "Answer:", spec=ChoiceSpec(("Yes", "No"), (1.0, 0.0))),
    "like": ask("like", "Answer:", spec=LIKE_DISLIKE),
    "interested": ask("interested", "Answer:", spec=INTERESTED),
    "prefix": ask("prefix", "Answer:", spec=ChoiceSpec(("not", "not interested"), (1.0, 0.0))),
    "case": ask("case", "Answer:", spec=ChoiceSpec(("yes", "YES"), (1.0, 0.0))),
}


@pytest.fixture(scope="module")
def planted(tiny_checkpoints: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plant_steps(tiny_checkpoints["llava"], tmp_path_factory.mktemp("planted") / "steps", STEPS)


@pytest.fixture(scope="module")
def measured(planted: Path) -> dict[str, tuple[float, ...]]:
    respondent = LocalRespondent(planted, device_map="cpu")
    replies = respondent.answer(group(noise_view(1), *QUESTIONS.values()))
    return {reply.ask_id: reply.probabilities or () for reply in replies}


@pytest.fixture(scope="module")
def chance(planted: Path) -> "Chance":
    return Chance(load_reference(planted)[1].tokenizer.get_vocab())


class Chance:
    """p(next | token) of the planted steps; a token the vocabulary lacks has none."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary

    def __call__(self, token: str, following: str) -> float:
        logits = STEPS.get(token, {})
        total = sum(map(math.exp, logits.values())) + len(self._vocabulary) - len(logits)
        return math.exp(logits.get(following, 0.0)) / total if following in self._vocabulary else 0.0

    def path(self, *tokens: str) -> float:
        return math.prod(self(one, after) for one, after in pairwise(tokens))

    def lines(self, *words: str) -> float:
        """The words alone, after a space, and after one or two line breaks."""
        return sum(
            self(":", word) + self(":", f"Ġ{word}") + self.path(":", "Ċ", word) + self.path(":", "Ċ", "Ċ", word)
            for word in words
        )


def test_case_space_and_line_breaks_are_summed(measured: dict[str, tuple[float, ...]], chance: Chance) -> None:
    expected = chance.lines("yes", "Yes", "YES"), chance.lines("no", "No", "NO")
    assert measured["yes no"] == pytest.approx(expected, abs=1e-4)
    assert sum(measured["yes no"]) < 1


def test_an_option_of_several_tokens_is_followed_to_its_end(
    measured: dict[str, tuple[float, ...]], chance: Chance
) -> None:
    assert measured["like"][1] == pytest.approx(chance.path(":", "dis", "like"), rel=0.05)
    assert measured["interested"][1] == pytest.approx(chance.path(":", "not", "Ġinterested"), rel=0.05)
    assert measured["interested"][1] < chance(":", "not")  # "not like" is another answer


def test_an_option_inside_another_does_not_count_for_both(
    measured: dict[str, tuple[float, ...]], chance: Chance
) -> None:
    assert measured["like"][0] < chance(":", "like") + chance(":", "Ġlike") + 0.05  # nothing of "dis" + "like"
    longer = chance.path(":", "not", "Ġinterested")
    assert measured["prefix"][1] == pytest.approx(longer, rel=0.05)
    only_not = chance(":", "not") - longer
    assert only_not <= measured["prefix"][0] <= only_not + chance(":", "Ċ") + 10 * chance(":", "Ġnot")


def test_options_that_differ_in_case_keep_to_their_spelling(
    measured: dict[str, tuple[float, ...]], chance: Chance
) -> None:
    assert measured["case"] == pytest.approx((chance.lines("yes"), chance.lines("YES")), abs=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_mass_is_what_teacher_forcing_of_each_whole_form_gives(
    architecture: str, tiny_checkpoints: Mapping[str, Path]
) -> None:
    import torch

    folder, view, question = tiny_checkpoints[architecture], noise_view(2), ask("q", "Dislike?", spec=LIKE_DISLIKE)
    (reply,) = LocalRespondent(folder, device_map="cpu").answer(group(view, question))
    model, processor = load_reference(folder)
    if architecture == "smolvlm":
        processor.image_processor.do_image_splitting = False
    forms = OptionTokens(processor.tokenizer).forms(LIKE_DISLIKE.options)
    assert forms is not None and any(len(form) > 1 for form in forms.sequences[1])
    pictures = [{"type": "image", "image": frame.pixels} for frame in view.load()]
    messages = [{"role": "user", "content": [*pictures, {"type": "text", "text": "Dislike?"}]}]
    prompt = processor.apply_chat_template(
        messages, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True
    )
    masses = []
    for option in forms.sequences:
        mass = 0.0
        for form in option:
            ids = torch.cat([prompt["input_ids"], torch.tensor([form])], dim=1)
            inputs = {**prompt, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
            if (kinds := prompt.get("mm_token_type_ids")) is not None:
                inputs["mm_token_type_ids"] = torch.cat([kinds, kinds.new_zeros(1, len(form))], dim=1)
            with torch.inference_mode():
                steps = model(**inputs).logits[0, -len(form) - 1 : -1].log_softmax(-1)
            mass += math.exp(sum(float(step[token]) for step, token in zip(steps, form, strict=True)))
        masses.append(mass)
    assert reply.probabilities == pytest.approx(masses, abs=1e-4)


def test_an_option_no_token_can_spell_gives_no_probabilities() -> None:
    class Blind:
        def __len__(self) -> int:
            return 3

        def encode(self, text: str, add_special_tokens: bool) -> list[int]:
            return [0] * len(text)

        def decode(self, tokens: list[int]) -> str:
            return "?" * len(tokens)

        def batch_decode(self, rows: list[list[int]]) -> list[str]:
            return ["?", "yes", " no"][: len(rows)]

    tokens = OptionTokens(Blind())
    assert tokens.forms(("yes", "no")) is not None
    assert tokens.forms(("yes", "maybe")) is None


SEQUENCES = st.lists(
    st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3).map(tuple), min_size=1, max_size=4),
    min_size=2,
    max_size=3,
)


@given(SEQUENCES, st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3))
def test_masses_are_shares_of_one(sequences: list[list[tuple[int, ...]]], weights: list[float]) -> None:
    taken: set[tuple[int, ...]] = set()
    options = []
    for forms in sequences:
        kept: list[tuple[int, ...]] = []
        for form in sorted(set(forms), key=len):
            if form not in taken and not any(form[: len(shorter)] == shorter for shorter in kept):
                kept.append(form)
        taken |= set(kept)
        options.append(tuple(kept))
    forms = OptionForms(tuple(options))
    step = {token: weight / sum(weights) for token, weight in enumerate(weights)}
    masses = forms.masses(dict.fromkeys([(), *forms.branches], step))
    assert all(mass >= -1e-12 for mass in masses)
    assert sum(masses) <= 1 + 1e-9
