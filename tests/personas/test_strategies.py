import pytest

from personas.library import library
from personas.strategies import SimpleStrategy
from spectrum.answers import ChoiceSpec
from spectrum.prompts import NEUTRAL, render


def test_the_simple_strategy_introduces_every_trait_by_number_under_the_personas_id():
    for persona in library():
        condition = SimpleStrategy().condition(persona)
        assert condition.name == persona.id != NEUTRAL.name
        assert condition.placement == "system"
        assert condition.text.startswith("You are a person who contains certain traits, ")
        for number, trait in enumerate(persona.traits, start=1):
            assert f"{number}. {trait.rstrip('.')}" in condition.text
        assert ".," not in condition.text and ".." not in condition.text


@pytest.mark.parametrize("placement", ["system", "after_media"])
def test_the_introduction_goes_where_it_is_asked_to(placement):
    persona = library()[0]
    strategy = SimpleStrategy(placement)
    turns = render(strategy.question(persona), strategy.condition(persona))
    introduction = strategy.condition(persona).text
    assert (introduction in turns.system) == (placement == "system")
    assert (introduction in turns.after_media) == (placement == "after_media")
    assert turns.after_media.endswith("or NA'}")


def test_its_own_question_asks_for_a_decision_a_reason_and_a_trait():
    persona = library()[0]
    question = SimpleStrategy().question(persona)
    assert [name for name, _ in question.answer_spec.fields] == ["decision", "reason", "trait_num"]
    assert question.answer_spec.decision == "decision"
    assert dict(question.answer_spec.fields)["decision"] == ChoiceSpec(("yes", "no"), (1.0, 0.0))
    assert "'trait_num': '1-5, the personality trait" in question.after_media
    assert "whether you are interested in the content of the given picture" in question.after_media
