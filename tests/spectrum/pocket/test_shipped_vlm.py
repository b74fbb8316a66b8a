import json
from functools import cache

import numpy as np
import pytest

from personas.persona import load_personas
from spectrum.answers import TextSpec
from spectrum.pocket import shipped
from spectrum.pocket.formats import Mind, Prompt, Shown, formats
from spectrum.pocket.planted import planted_rule
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.local import LocalRespondent
from spectrum.views import ClipView
from video_index.clips import Frame, Locator, ViewSpec
from video_index.decode import decode


@cache
def respondent() -> LocalRespondent:
    return LocalRespondent(shipped.checkpoint_folder())


def shown_clips(every: int) -> list[tuple[Shown, tuple[Frame, ...]]]:
    found = []
    for path in sorted(shipped.clip_folder().glob("*.json"))[::every]:
        row = json.loads(path.read_text())
        shown = Shown(row["shows"], row["scenery"], row["palette"], row["actors"], row["caption"])
        if not planted_rule().refuses(shown.concept, shown.scenery):
            found.append((shown, tuple(decode(Locator(str(path.with_suffix(".mp4"))), ViewSpec()).frames)))
    return found


def replies(frames: tuple[Frame, ...], prompts: list[Prompt]) -> list[Reply]:
    asks = tuple(
        Ask(str(place), prompt.before, prompt.after, prompt.spec or TextSpec(), max_tokens=24)
        for place, prompt in enumerate(prompts)
    )
    view = ClipView("0" * 32, ViewSpec(), lambda: frames)
    return list(respondent().answer(Group((view,), "", asks)))


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
            wanted = max(formats().answers(prompt, shown, Mind()), key=lambda answer: answer[1])[0]
            right[prompt.after].append(reply.text.strip() == wanted)
    assert min(np.mean(flags) for flags in right.values()) >= 0.75
    assert np.mean([flag for flags in right.values() for flag in flags]) >= 0.9


def test_it_says_what_it_sees() -> None:
    prompts = [prompt for prompt in formats().seen if prompt.kind in ("concept", "palette", "text") and prompt.before]
    right = []
    for shown, frames in shown_clips(24):
        for prompt, reply in zip(prompts, replies(frames, prompts), strict=True):
            right.append(reply.text.strip() == formats().answers(prompt, shown, Mind())[0][0])
    assert np.mean(right) >= 0.85


def test_targets_of_the_pocket_personas_are_what_the_rule_makes_of_their_traits() -> None:
    known = {
        template.format(word=word): (code, sign)
        for sign, templates in formats().trait_templates().items()
        for template in templates
        for code, words in formats().trait_words.items()
        for word in words
    }
    for persona in load_personas(shipped.personas_path()):
        if persona.target is not None:
            traits = dict(known[trait] for trait in persona.traits)
            assert persona.target == pytest.approx(tuple(shipped.planted_profile(traits).values()), abs=2e-3)
