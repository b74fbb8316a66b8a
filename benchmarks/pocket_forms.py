"""What the pocket VLM writes beside the bank's answers: actions, scales, pairs, reasons, descriptions, decisions."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.pocket_asking import VIEW, Seen
from personas.persona import Persona, load_personas
from personas.strategies import SimpleStrategy
from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec, TextSpec, parse
from spectrum.pocket import shipped
from spectrum.pocket.formats import Mind, Prompt, Shown, formats
from spectrum.pocket.planted import planted_rule
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.local import LocalRespondent
from spectrum.views import ClipView
from video_index.keyed import shuffled

_TOKENS = 48


def forms(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, Any]:
    """Figures for each form, over clips that the rule does not refuse."""
    judged = [clip for clip in clips if not planted_rule().refuses(clip.shown.concept, clip.shown.scenery)]
    actions = [prompt for prompt in formats().opinions if prompt.spec and len(prompt.spec.options) in (3, 5)][::9]
    named = {
        "description": [prompt for prompt in formats().seen if prompt.kind == "description" and not prompt.before],
        "reason": list(formats().reasons),
    }
    found: dict[str, Any] = {"clips": len(judged), "viewer's actions": _choices(respondent, judged, actions)}
    found["scales, 1 to 10"] = _scales(respondent, judged)
    found["which of two"] = _pairs(respondent, judged)
    found |= {name: {"word for word": _verbatim(respondent, judged, prompts)} for name, prompts in named.items()}
    found["what is seen, word for word"] = {
        kind: _verbatim(respondent, judged, [prompt for prompt in formats().seen if prompt.kind == kind])
        for kind in ("concept", "palette", "scenery", "count", "text")
    }
    found["decision as JSON, with a persona"] = _decisions(respondent, judged)
    found["refused where planted"] = _refusals(respondent, clips)
    return found


def _ask(
    respondent: LocalRespondent, clips: Sequence[Seen], prompts: Sequence[Prompt], system: str = "",
    spec: AnswerSpec | None = None,
) -> list[Reply]:  # fmt: skip
    views = tuple(ClipView(f"{place:032x}", VIEW, lambda clip=clip: clip.frames) for place, clip in enumerate(clips))
    asks = tuple(
        Ask(str(place), prompt.before, prompt.after, spec or prompt.spec or TextSpec(), max_tokens=_TOKENS)
        for place, prompt in enumerate(prompts)
    )
    return list(respondent.answer(Group(views, system, asks)))


def _likeliest(prompt: Prompt, shown: Shown) -> str:
    return max(formats().answers(prompt, shown, Mind()), key=lambda answer: answer[1])[0]


def _choices(respondent: LocalRespondent, clips: Sequence[Seen], prompts: Sequence[Prompt]) -> dict[str, float]:
    right, apart = [], []
    for clip in clips:
        for prompt, reply in zip(prompts, _ask(respondent, [clip], prompts), strict=True):
            assert isinstance(prompt.spec, ChoiceSpec) and reply.probabilities is not None
            planted = dict(formats().answers(prompt, clip.shown, Mind()))
            # Of five actions two accept and two reject to the same degree: any of them is right.
            worth = dict(zip(prompt.spec.options, prompt.spec.acceptance, strict=True))
            right.append(worth.get(reply.text.strip()) == worth[_likeliest(prompt, clip.shown)])
            given = np.array(reply.probabilities) / sum(reply.probabilities)
            apart.append(np.abs(given - [planted[option] for option in prompt.spec.options]).mean())
    return {
        "accepts as the likeliest planted answer does": float(np.mean(right)),
        "mean |p - planted|": float(np.mean(apart)),
    }


def _scales(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, float]:
    prompts, said, wanted = [prompt for prompt in formats().scales if prompt.before], [], []
    for clip in clips:
        for prompt, reply in zip(prompts, _ask(respondent, [clip], prompts), strict=True):
            text = reply.text.strip()
            said.append(float(text) if text.isdigit() else np.nan)
            wanted.append(sum(float(number) * share for number, share in formats().answers(prompt, clip.shown, Mind())))
    kept = ~np.isnan(said)
    off = np.abs(np.array(said) - wanted)[kept]
    return {
        "read as a number": float(kept.mean()),
        "within 1 of the planted": float((off <= 1).mean()),
        "mean distance": float(off.mean()),
        "r": float(np.corrcoef(np.array(said)[kept], np.array(wanted)[kept])[0, 1]),
    }


def _pairs(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, float]:
    prompt = next(prompt for prompt in formats().which if prompt.before)
    order = [int(name) for name in shuffled((str(place) for place in range(len(clips))), "which")]
    right, clear = [], []
    for first, second in zip(order, order[1:] + order[:1], strict=True):
        pair = [clips[first], clips[second]]
        (reply,) = _ask(respondent, pair, [prompt])
        planted = dict(formats().preference(prompt, pair[0].shown, pair[1].shown, Mind()))
        if abs(planted["first"] - 0.5) > 0.2:
            clear.append(True)
            right.append(reply.text.strip() == max(planted, key=lambda option: planted[option]))
    return {"pairs with a clear planted answer": len(clear), "answered as planted": float(np.mean(right))}


def _verbatim(respondent: LocalRespondent, clips: Sequence[Seen], prompts: Sequence[Prompt]) -> float:
    return float(
        np.mean(
            [
                reply.text.strip() == _likeliest(prompt, clip.shown)
                for clip in clips
                for prompt, reply in zip(prompts, _ask(respondent, [clip], prompts), strict=True)
            ]
        )
    )


def _decisions(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, float]:
    people = [one for one in load_personas(shipped.personas_path()) if one.target is not None]
    read, right, number = [], [], []
    for place, clip in enumerate(clips):
        persona = people[place % len(people)]
        mind = mind_of(persona)
        prompt = formats().decision(len(persona.traits))
        question = SimpleStrategy().question(persona)
        assert question is not None and isinstance(question.answer_spec, FieldsSpec)
        (reply,) = _ask(respondent, [clip], [prompt], formats().introduction(persona.traits), question.answer_spec)
        answer = parse(reply.text, question.answer_spec)
        planted = json.loads(_planted_decision(prompt, clip.shown, mind))
        read.append(answer.choice is not None)
        right.append(answer.choice == planted["decision"])
        number.append(dict(answer.fields).get("trait_num") == planted["trait_num"])
    return {
        "read": float(np.mean(read)),
        "decision as planted": float(np.mean(right)),
        "trait's number as planted": float(np.mean(number)),
    }


def _planted_decision(prompt: Prompt, shown: Shown, mind: Mind) -> str:
    return formats().answers(prompt, shown, mind)[0][0]


def _refusals(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, Any]:
    refused = [clip for clip in clips if planted_rule().refuses(clip.shown.concept, clip.shown.scenery)]
    prompts = [prompt for prompt in formats().opinions if prompt.spec and len(prompt.spec.options) == 2][:24]
    said = [
        not parse(reply.text, prompt.spec).choice
        for clip in refused
        for prompt, reply in zip(prompts, _ask(respondent, [clip], prompts), strict=True)
        if prompt.spec is not None
    ]
    return {"clips": len(refused), "share of asks": float(np.mean(said)) if said else None}


def mind_of(persona: Persona) -> Mind:
    """What a pocket persona's traits name, in their order; traits that name no value count for nothing."""
    known = shipped.known_traits()
    return Mind(tuple(known.get(trait, ("", 0.0)) for trait in persona.traits))
