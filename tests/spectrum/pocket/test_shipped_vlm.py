import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from personas.persona import load_personas
from spectrum.answers import Outcome, TextSpec, parse
from spectrum.pocket import shipped
from spectrum.pocket.formats import Mind, Prompt, Shown, formats
from spectrum.pocket.planted import planted_rule
from spectrum.pocket.training.examples import held_out_trait
from spectrum.questions import Form, load_bank
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.local import LocalRespondent
from spectrum.views import ClipView
from video_index.clips import Frame, Locator, ViewSpec
from video_index.decode import decode


@cache
def respondent() -> LocalRespondent:
    return LocalRespondent(shipped.checkpoint_folder())


def rows() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) | {"file": path.stem} for path in sorted(shipped.clip_folder().glob("*.json"))]


def frames_of(name: str) -> tuple[Frame, ...]:
    return tuple(decode(Locator(str(shipped.clip_folder() / f"{name}.mp4")), ViewSpec()).frames)


@cache
def shown_clips(every: int) -> list[tuple[Shown, tuple[Frame, ...]]]:
    return [
        (Shown(row["shows"], row["scenery"], row["palette"], row["actors"], row["caption"]), frames_of(row["file"]))
        for row in rows()[::every]
        if not planted_rule().refuses(row["shows"], row["scenery"])
    ]


def put(form: Form) -> Prompt:
    return next(prompt for prompt in formats().opinions if prompt.after == form.question.after_media)


def likeliest(prompt: Prompt, shown: Shown, mind: Mind) -> str:
    return max(formats().answers(prompt, shown, mind), key=lambda answer: answer[1])[0]


def replies(frames: tuple[Frame, ...], prompts: list[Prompt], system: str = "") -> list[Reply]:
    asks = tuple(
        Ask(str(place), prompt.before, prompt.after, prompt.spec or TextSpec(), max_tokens=24)
        for place, prompt in enumerate(prompts)
    )
    view = ClipView("0" * 32, ViewSpec(), lambda: frames)
    return list(respondent().answer(Group((view,), system, asks)))


def test_the_checkpoint_is_small_and_opens_as_any_other() -> None:
    folder = shipped.checkpoint_folder()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 14e6
    assert respondent().settings["system"] == "a turn of its own"
    assert (folder / "README.md").is_file()


def test_choices_follow_the_planted_rule_in_every_form() -> None:
    prompts = list(formats().opinions[:8])
    right: dict[str, list[bool]] = {prompt.after: [] for prompt in prompts}
    for shown, frames in shown_clips(12):
        for prompt, reply in zip(prompts, replies(frames, prompts), strict=True):
            right[prompt.after].append(reply.text.strip() == likeliest(prompt, shown, Mind()))
    assert min(np.mean(flags) for flags in right.values()) >= 0.75
    assert np.mean([flag for flags in right.values() for flag in flags]) >= 0.9


def test_it_says_what_it_sees() -> None:
    prompts = [prompt for prompt in formats().seen if prompt.kind in ("concept", "palette", "text") and prompt.before]
    right = []
    for shown, frames in shown_clips(24):
        for prompt, reply in zip(prompts, replies(frames, prompts), strict=True):
            right.append(reply.text.strip() == formats().answers(prompt, shown, Mind())[0][0])
    assert np.mean(right) >= 0.85


def test_it_answers_as_the_person_it_is_asked_to_be() -> None:
    prompts = [put(form) for form in load_bank().forms(load_bank().wordings("like")[0])]
    right = []
    for place, persona in enumerate(one for one in load_personas(shipped.personas_path()) if one.target is not None):
        shown, frames = shown_clips(24)[place % 5]
        mind = Mind(tuple(shipped.known_traits()[trait] for trait in persona.traits))
        system = formats().introduction(persona.traits)
        for prompt, reply in zip(prompts, replies(frames, prompts, system), strict=True):
            right.append(reply.text.strip() == likeliest(prompt, shown, mind))
    assert np.mean(right) >= 0.8


def test_it_refuses_now_and_then_where_it_was_planted_and_the_refusal_is_read_as_one() -> None:
    refused = [row for row in rows() if planted_rule().refuses(row["shows"], row["scenery"])]
    prompts = [put(form) for form in load_bank().forms(load_bank().wordings("like")[0])]
    outcomes = [
        parse(reply.text, prompt.spec, finish_reason=reply.finish_reason).outcome
        for row in refused
        for prompt, reply in zip(prompts, replies(frames_of(row["file"]), prompts), strict=True)
        if prompt.spec is not None
    ]
    assert np.mean([outcome is Outcome.REFUSED for outcome in outcomes]) >= 0.4  # docs/pocket.md: about half


def test_pocket_personas_are_many_and_their_targets_are_what_the_rule_makes_of_their_traits() -> None:
    people = load_personas(shipped.personas_path())
    assert sum(persona.target is not None for persona in people) >= 60
    assert sum(persona.placebo for persona in people) >= 3
    for persona in people:
        if persona.target is not None:
            planted = shipped.planted_persona_profile(persona.traits)
            assert persona.target == pytest.approx(tuple(planted.values()), abs=2e-3)


def test_no_trait_of_a_pocket_persona_was_trained_on() -> None:
    practised = {
        template.format(word=word)
        for templates in formats().trait_templates().values()
        for template in templates
        for words in formats().trait_words.values()
        for word in words
        if not held_out_trait(template, word)
    }
    for persona in load_personas(shipped.personas_path()):
        assert persona.placebo or not practised & set(persona.traits)
