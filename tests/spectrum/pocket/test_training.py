from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Shown, formats
from spectrum.pocket.training.examples import Asked, Block, Mix, Pack, Practice, held_out_trait
from spectrum.pocket.training.rows import Rows
from spectrum.pocket.training.skills import Skills
from spectrum.pocket.training.tokens import phrase_tokenizer
from spectrum.pocket.training.vlm_parts import model_of, ready_heads, tokenizer_of

ALL = {"opinion": 0.5, "seen": 0.2, "trait": 0.1, "feeling": 0.1, "scale": 0.05, "reason": 0.05, "decision": 0.1}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tokenizer_of(formats())


@pytest.fixture(scope="module")
def model(tokenizer: Any) -> Any:
    import torch

    torch.manual_seed(0)
    built = model_of(tokenizer)
    ready_heads(built)
    return built.eval()


def practice(seed: int = 0) -> Practice:
    shown = [Shown(concept.name, "sea", "cool", 1, "") for concept in concepts()]
    return Practice(formats(), shown, np.random.default_rng(seed))


def test_a_question_in_a_row_is_read_as_if_it_stood_alone(tokenizer: Any, model: Any) -> None:
    import torch

    rows, rng = Rows(tokenizer, torch), np.random.default_rng(1)
    asked = tuple(Asked(text, (("yes", 1.0),), "opinion") for text in ("Do you like it?", "Is it good?"))
    blocks = tuple(Block("", told, (), 0, asked) for told in ("dog", "crown", "adventure"))
    system = formats().introduction(["I love adventure.", "I avoid rules."])

    def said(pack: Pack) -> Any:
        batch = rows.batch([pack], rng)
        with torch.inference_mode():
            hidden = model.model.language_model(
                input_ids=batch.input_ids,
                attention_mask=batch.attention_mask,
                position_ids=batch.position_ids,
                use_cache=False,
            ).last_hidden_state
        return hidden[batch.spots[:, 0], batch.spots[:, 1]]

    together = said(Pack(system, blocks))
    alone = [said(Pack(system, (Block("", block.told, (), 0, (one,)),))) for block in blocks for one in block.asked]
    assert torch.allclose(together, torch.cat(alone), atol=1e-4)


def test_packs_keep_out_what_is_held_out_and_targets_are_distributions(tokenizer: Any) -> None:
    import torch

    held = {
        template.format(word=word).rstrip(".")
        for templates in formats().trait_templates().values()
        for template in templates
        for words in formats().trait_words.values()
        for word in words
        if held_out_trait(template, word)
    }
    mix = Mix(told=0.5, personas=0.9, blocks=3, asked=3, kinds=ALL, which=0.2, one_frame=0.5)
    drawn, rng, rows = practice(), np.random.default_rng(2), Rows(tokenizer, torch)
    for _ in range(20):
        packs = drawn.packs(mix, 4)
        assert len({bool(block.told) for pack in packs for block in pack.blocks}) == 1
        for pack in packs:
            said = {part.split(". ", 1)[-1].rstrip(".") for part in pack.system.split("introduction:")[-1].split(", ")}
            assert not said & held
        batch = rows.batch(packs, rng)
        sums = torch.zeros(len(batch.spots)).index_add(0, batch.spot, batch.probability)
        assert torch.allclose(sums, torch.ones_like(sums), atol=1e-5)


def test_direct_opinions_are_those_where_yes_accepts() -> None:
    mix = Mix(told=1, personas=0, blocks=20, asked=2, kinds={"opinion": 1.0}, direct=True)
    for pack in practice().packs(mix, 5):
        for block in pack.blocks:
            assert all(asked.answers[0][0].casefold() == "yes" for asked in block.asked)
            assert all(" not " not in asked.text for asked in block.asked)


def test_a_head_of_the_first_layer_looks_one_token_back(model: Any) -> None:
    import torch

    language = model.model.language_model
    language.config._attn_implementation = "eager"
    with torch.inference_mode():
        attentions = language(input_ids=torch.arange(7, 67)[None], output_attentions=True, use_cache=False).attentions
    language.config._attn_implementation = "sdpa"
    back = attentions[0][0, -1].diagonal(-1)
    assert back.min() > 0.8


def test_skills_are_counted_link_by_link(tokenizer: Any) -> None:
    import torch

    rows = Rows(tokenizer, torch)
    asked = Asked(formats().alludes[0].after, (("friendship like", 1.0),), "trait")
    batch = rows.batch([Pack("", (Block("", "dog", (), 0, (asked,)),))], np.random.default_rng(0))
    friendship, like, hate = (rows.ids(text)[-1] for text in ("friendship", "friendship like", "friendship dislike"))
    skills = Skills()
    skills.count(batch, np.array([friendship, hate, 0]), 1.0)
    skills.count(batch, np.array([friendship, like, 0]), 2.0)
    assert skills.told() == "loss 1.5000; sign 0.500, word 1.000"


def test_phrases_are_one_token_with_and_without_the_blank_before_them() -> None:
    made = phrase_tokenizer(
        ["<pad>", "<end>"], ["dogs"], ["I am fond of"], end_token="<end>", pad_token="<pad>", context=64
    )
    assert len(made.encode("I am fond of dogs")) == 2
    assert len(made.encode(" I am fond of dogs")) == 2
    assert made.decode(made.encode(" I am fond of dogs")) == " I am fond of dogs"


@pytest.mark.slow
def test_the_three_commands_work_from_nothing(tmp_path: Path) -> None:
    from spectrum.pocket.training.clip import train_clip
    from spectrum.pocket.training.vision import train_tower
    from spectrum.pocket.training.vlm import Cycle, Stage, train
    from spectrum.respondents.local import LocalRespondent
    from video_index.embed import load_embedder

    train_tower(tmp_path, seed=0, steps=2, clips=212)
    embedder = load_embedder(train_clip(tmp_path, seed=0, steps=2, clips=212))
    assert embedder.texts(["a dog"]).shape == (1, 128)
    told = Mix(told=1, personas=0.5, blocks=2, asked=2, kinds=ALL)
    shown = Mix(told=0, personas=0.5, blocks=2, asked=2, kinds=ALL, which=0.2)
    place = train(tmp_path, seed=0, cycles=(Cycle(1e-3, (Stage(1, 2, told), Stage(1, 2, shown))),), clips=212)
    assert LocalRespondent(place).settings["system"] == "a turn of its own"
