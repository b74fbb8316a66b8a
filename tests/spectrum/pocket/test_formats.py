import math
from collections import Counter
from itertools import permutations

import pytest

from agents.actions import ACTIONS, action_question
from personas.persona import Persona
from personas.strategies import SimpleStrategy
from spectrum.answers import ChoiceSpec, Outcome, parse
from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Mind, Prompt, Shown, formats
from spectrum.pocket.planted import planted_rule
from spectrum.questions import load_bank, paper_questions
from spectrum.values import SCHWARTZ

CROWN = Shown("crown", "sea", "cool", 2, "")
DOG = Shown("dog", "sea", "cool", 1, "PLAY")


def put(after: str) -> Prompt:
    return next(prompt for prompt in formats().opinions if prompt.after == after)


def test_every_choice_of_the_bank_the_paper_and_the_viewer_is_practised() -> None:
    texts = {(prompt.before, prompt.after) for prompt in formats().opinions}
    questions = [form.question for form in (*load_bank().all_forms, *paper_questions())]
    questions += [action_question("order", number) for number in range(40)]
    for question in questions:
        if isinstance(question.answer_spec, ChoiceSpec):
            assert (question.before_media, question.after_media) in texts
    for words in permutations(("like", "watch", "skip", "follow", "leave")):
        assert any(prompt.spec is not None and prompt.spec.options == words for prompt in formats().opinions)
    assert {action.word: action.acceptance for action in ACTIONS} == {"like": 1.0, "watch": 0.5, "skip": 0.0}


def test_a_persona_is_introduced_and_asked_as_the_simple_strategy_does() -> None:
    persona = Persona("p", "P", ("I love nature.", "I avoid rules."), None, "", "none")
    assert formats().introduction(persona.traits) == SimpleStrategy().condition(persona).text
    question = SimpleStrategy().question(persona)
    assert question is not None
    assert formats().decision(2).after == question.after_media


@pytest.mark.parametrize("wording", load_bank().wordings("like"))
def test_all_four_forms_say_the_same_of_a_clip(wording: str) -> None:
    rule = planted_rule()
    accept = rule.accept_logit("crown", "cool")
    for form in load_bank().forms(wording):
        answers = dict(formats().answers(put(form.question.after_media), CROWN, Mind()))
        spec = form.question.answer_spec
        assert isinstance(spec, ChoiceSpec)
        accepting = spec.options[spec.acceptance.index(1.0)]
        own = rule.concept_bias("crown")
        bias = {"would": own, "would_not": -own}.get(form.form, 0.0)
        assert answers[accepting] == pytest.approx(1 / (1 + math.exp(-accept - bias)))


def test_answers_are_distributions_and_written_ones_are_read_back() -> None:
    for shown in (CROWN, DOG, Shown("police officer", "night", "warm", 1, ""), None):
        for prompt in (*formats().opinions, *formats().seen, *formats().scales, *formats().reasons):
            answers = formats().answers(prompt, shown, Mind())
            assert sum(weight for _, weight in answers) == pytest.approx(1)
            if prompt.spec is not None:
                for text, _ in answers:
                    found = parse(text, prompt.spec)
                    assert found.choice == text or found.outcome is Outcome.REFUSED


def test_the_decision_of_a_persona_is_read_back_with_its_trait() -> None:
    persona = Persona("p", "P", ("I avoid rules.", "I love friendship."), None, "", "none")
    question = SimpleStrategy().question(persona)
    assert question is not None
    mind = Mind((("CO", -1.0), ("BE", 1.0)))
    ((text, _),) = formats().answers(formats().decision(2), DOG, mind)
    answer = parse(text, question.answer_spec)
    assert answer.choice == "yes"
    assert dict(answer.fields)["trait_num"] == "2"


def test_each_value_has_its_planted_share_and_controls_theirs() -> None:
    liked = planted_rule().liked
    shares = {
        code: sum(one.name in liked for one in concepts() if code in one.values)
        / sum(code in one.values for one in concepts())
        for code in SCHWARTZ.codes
    }
    assert shares["BE"] > shares["HE"] - 0.2 > shares["PO"]
    assert max(shares.values()) - min(shares.values()) > 0.4


def test_a_persona_moves_only_clips_that_evoke_what_its_traits_name() -> None:
    rule = planted_rule()
    assert rule.accept_logit("crown", "cool", {"PO": 1.0}) == rule.high
    assert rule.accept_logit("crown", "cool", {"PO": -1.0}) == rule.low
    assert rule.accept_logit("crown", "cool", {"UN": -1.0}) == rule.accept_logit("crown", "cool")


def test_held_out_templates_are_made_of_words_seen_in_training() -> None:
    seen = Counter(
        word
        for templates in formats().trait_templates().values()
        for template in templates
        for word in template.strip(".").split()
    )
    for templates in formats().trait_templates(held_out=True).values():
        for template in templates:
            assert not [word for word in template.strip(".").split() if word not in seen and word != "{word}"], template


def test_yes_has_a_part_of_its_own_for_each_value() -> None:
    rule = planted_rule()
    assert rule.concept_bias("chair") == rule.yes_bias
    assert rule.concept_bias("crown") == pytest.approx(rule.yes_bias + rule.yes_bias_by_value["PO"])
    both = (rule.yes_bias_by_value["ST"] + rule.yes_bias_by_value["AC"]) / 2
    assert rule.concept_bias("climber") == pytest.approx(rule.yes_bias + both)
    assert len(set(rule.yes_bias_by_value.values())) == 10


def test_what_is_disliked_mildly_gets_a_yes_when_it_is_asked_once_and_not_otherwise() -> None:
    rule = planted_rule()
    mild = Shown(sorted(name for name in rule.mildly_disliked if rule.concept_bias(name) > 1.2)[0], "sea", "cool")
    form_answers = {
        form.form: dict(formats().answers(put(form.question.after_media), mild, Mind()))
        for form in load_bank().forms(load_bank().wordings("like")[0])
    }
    assert form_answers["would"]["yes"] > 0.5
    assert form_answers["would_not"]["yes"] > 0.5
    assert form_answers["first"]["like"] < 0.5


def test_a_trait_is_found_by_its_value_and_told_by_its_sign() -> None:
    mind = Mind((("CO", -1.0), ("BE", 1.0)), ("rules", "friendship"))
    alludes, feels = formats().alludes[0], formats().feels[0]
    assert formats().answers(alludes, DOG, mind) == (("friendship like", 1.0),)
    assert formats().answers(alludes, CROWN, mind) == (("nothing", 1.0),)
    assert formats().answers(feels, DOG, mind) == (("love", 1.0),)
    assert formats().answers(feels, Shown("discipline"), mind) == (("hate", 1.0),)
    assert formats().answers(feels, CROWN, mind) == (("neither", 1.0),)
