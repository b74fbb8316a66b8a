import sys
import types
from importlib.metadata import EntryPoint

import pytest

from personas import strategies
from personas.errors import PersonaError
from personas.library import library, resolve
from personas.strategies import OwnStrategy, SimpleStrategy, importances, open_strategy, strategy_names
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


@pytest.mark.parametrize("name", ["simple", "simple-json", "isq"])
@pytest.mark.parametrize(("spec", "placement"), [("", "system"), ("@after", "after_media"), ("@system", "system")])
def test_the_introduction_goes_where_it_is_asked_to(name, spec, placement):
    persona = library()[0]
    strategy = open_strategy(name + spec)
    turns = render(strategy.question(persona), strategy.condition(persona))
    introduction = strategy.condition(persona).text
    assert strategy.placement == placement
    assert (introduction in turns.system) == (placement == "system")
    assert (introduction in turns.after_media) == (placement == "after_media")


def test_simples_own_question_asks_for_a_decision_a_reason_and_a_trait():
    (persona,) = resolve(["adventurer"])
    question = SimpleStrategy().question(persona)
    assert [name for name, _ in question.answer_spec.fields] == ["decision", "reason", "trait_num"]
    assert question.answer_spec.decision == "decision"
    assert dict(question.answer_spec.fields)["decision"] == ChoiceSpec(("yes", "no"), (1.0, 0.0))
    assert "'trait_num': '1-5, the personality trait" in question.after_media
    assert "whether you are interested in the content of the given picture" in question.after_media


def test_own_strategies_ask_nobody_the_same_without_traits():
    decision = open_strategy("simple-json").neutral_question()
    assert "trait" not in decision.after_media and decision.answer_spec.decision == "decision"
    isq = open_strategy("isq")
    assert isq.neutral_question() == isq.question(library()[0])
    assert [isinstance(open_strategy(name), OwnStrategy) for name in ("simple", "profile", "isq", "simple-json")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_a_profile_is_told_as_whole_numbers_around_five():
    (persona,) = resolve(["caretaker"])
    told = importances(persona)
    assert max(abs(number - 5) for number in told) == 5 and all(0 <= number <= 10 for number in told)
    order = sorted(range(10), key=lambda value: persona.target[value])
    assert [told[value] for value in order] == sorted(told)
    assert "Benevolence (caring for the welfare" in open_strategy("profile").condition(persona).text
    with pytest.raises(PersonaError, match="'plain' has no target"):
        open_strategy("profile").condition(resolve(["plain"])[0])


@pytest.mark.parametrize(
    ("spec", "words"),
    [("magic", "unknown strategy 'magic'; there are simple, "), ("simple@front", "@system or @after"), ("", "unknown")],
)
def test_a_strategy_that_is_not_there_is_named(spec, words):
    with pytest.raises(PersonaError, match=words):
        open_strategy(spec)


def test_a_plug_in_adds_a_strategy(monkeypatch):
    module = types.ModuleType("shouting_plug_in")

    class Shouting(SimpleStrategy):
        @property
        def name(self):
            return "shouting"

    module.Shouting = Shouting
    module.nothing = lambda placement: placement
    monkeypatch.setitem(sys.modules, "shouting_plug_in", module)
    points = [
        EntryPoint("shouting", "shouting_plug_in:Shouting", strategies.ENTRY_POINTS),
        EntryPoint("hollow", "shouting_plug_in:nothing", strategies.ENTRY_POINTS),
    ]
    monkeypatch.setattr(
        strategies, "entry_points", lambda group, name=None: [p for p in points if name in (None, p.name)]
    )
    assert open_strategy("shouting@after").placement == "after_media"
    assert "shouting" in strategy_names()
    with pytest.raises(PersonaError, match="gives no strategy"):
        open_strategy("hollow")
