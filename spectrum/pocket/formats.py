"""Everything the pocket model must answer, and what the planted rule says the answer is."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import permutations
from typing import Any

import yaml

from spectrum.answers import ChoiceSpec
from spectrum.pocket.concepts import concepts
from spectrum.pocket.planted import PlantedRule, planted_rule
from spectrum.pocket.scenes import SCENERIES
from spectrum.questions import load_bank, paper_questions

Answers = tuple[tuple[str, float], ...]
"""Texts and their probabilities, which sum to 1."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a clip shows, as far as a question can ask about it."""

    concept: str
    """A concept's name; or, in words only, one of the words that stand for a value."""
    scenery: str = ""
    palette: str = ""
    actors: int = 1
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Mind:
    """Whose answer it is: the values that a persona's traits name, in order, with +1 or -1 each; none for neutral."""

    traits: tuple[tuple[str, float], ...] = ()
    words: tuple[str, ...] = ()
    """The word of each trait, where it is known."""

    @property
    def pulls(self) -> dict[str, float]:
        """Value code -> sum of the traits' signs."""
        sums: dict[str, float] = {}
        for code, sign in self.traits:
            sums[code] = sums.get(code, 0.0) + sign
        return sums


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question as it is put, and what decides its answer."""

    before: str
    after: str
    kind: str
    """"opinion", "scale", "which", "reason", "decision", or what is seen: "concept", "palette", "text", ..."""
    spec: ChoiceSpec | None = None


class Formats:
    """The frozen formats: prompts and the texts they are made of."""

    def __init__(self, content: Mapping[str, Any], rule: PlantedRule) -> None:
        self._content = content
        self._rule = rule
        self._values = {concept.name: concept.values for concept in concepts()}
        self._values |= {word: (code,) for code, words in self.trait_words.items() for word in words}
        self._things = frozenset(concept.name for concept in concepts())
        bank, paper = load_bank(), paper_questions()
        # The text of the other stem, less its negation: it is read as the same two stretches.
        self._stems = frozenset(form.question.after_media for form in bank.all_forms if form.form == "would")
        self.opinions = (*_choices(bank.all_forms), *_choices(paper), *self._actions())
        """Choices that accept or reject the clip: the bank, the paper's first question, the viewer's actions."""
        self.seen = tuple(
            Prompt(before, question, row["ask"])
            for row in content["seen"]
            for question in row["questions"]
            for before in content["before"]
        )
        """Questions about what the pictures show."""
        reasons = [form.question for form in paper if form.form == "reason"]
        self.reasons = tuple(Prompt(question.before_media, question.after_media, "reason") for question in reasons)
        self.scales = tuple(Prompt(before, text, "scale") for text in content["scales"] for before in content["before"])
        self.which = tuple(
            Prompt(before, row["question"], "which", ChoiceSpec(tuple(row["options"]), (1.0, 0.0)))
            for row in content["which"]
            for before in content["before"]
        )

        self.alludes = tuple(
            Prompt(before, text, "trait")
            for text in content["personas"]["alludes"]
            for before in {prompt.before: None for prompt in self.opinions}
        )
        """Which of a persona's traits the clip has to do with."""
        self.feels = tuple(
            Prompt(prompt.before, text, "feeling")
            for text in content["personas"]["feels"]
            for prompt in self.alludes[: len(self.alludes) // len(content["personas"]["alludes"])]
        )
        """What a persona's traits come to for the clip."""

    def _actions(self) -> Iterator[Prompt]:
        given = self._content["actions"]
        for offered in given["sets"]:
            for words in permutations(offered):
                text = given["question"].format(words=", ".join(words[:-1]), last=words[-1])
                spec = ChoiceSpec(words, tuple(offered[word] for word in words))
                yield Prompt(given["before"], text, "opinion", spec)

    def decision(self, traits: int) -> Prompt:
        """The Simple strategy's own question, for a persona of so many traits."""
        return Prompt("", self._content["personas"]["decision"].format(n=traits), "decision")

    def introduction(self, traits: Sequence[str]) -> str:
        """The system turn that gives a persona's traits."""
        numbered = ", ".join(f"{place}. {trait.rstrip('.')}" for place, trait in enumerate(traits, start=1))
        return f"{self._content['personas']['introduction']} {numbered}."

    def trait_templates(self, *, held_out: bool = False) -> dict[float, tuple[str, ...]]:
        """Sign -> templates with {word}."""
        traits, prefix = self._content["personas"]["traits"], "held_out_" if held_out else ""
        return {1.0: tuple(traits[f"{prefix}like"]), -1.0: tuple(traits[f"{prefix}dislike"])}

    @property
    def trait_words(self) -> dict[str, tuple[str, ...]]:
        """Value code -> words that stand for it."""
        return {code: tuple(words) for code, words in self._content["personas"]["words"].items()}

    @property
    def plain_traits(self) -> tuple[str, ...]:
        """Traits that name no value."""
        return tuple(self._content["personas"]["plain"])

    def answers(self, prompt: Prompt, shown: Shown | None, mind: Mind) -> Answers:
        """What the rule answers about one clip; `shown` None is a blank picture."""
        if prompt.kind == "trait":
            words = [
                f"{mind.words[place]} {'like' if mind.traits[place][1] > 0 else 'dislike'}"
                for place in self._alluding(shown, mind)
            ] or ["nothing"]
            return tuple((word, 1 / len(words)) for word in words)
        if prompt.kind == "feeling":
            pull = sum(mind.traits[place][1] for place in self._alluding(shown, mind))
            return (("love" if pull > 0 else "hate" if pull < 0 else "neither", 1.0),)
        if prompt.kind not in ("opinion", "scale", "reason", "decision"):
            return self._seen(prompt.kind, shown)
        accept = self._accept(shown, mind)
        if prompt.kind == "opinion" and prompt.spec is not None:
            return self._refused(self._choice(prompt.spec, accept, self._bias(shown)), shown)
        if prompt.kind == "scale":
            return self._refused(_scale(accept), shown)
        likes = "like" if accept > 0 else "dislike"
        if prompt.kind == "reason":
            text = self._content["reason"][likes].format(concept=self._thing(shown)) if shown else self._nothing
            return self._refused(((text, 1.0),), shown)
        number = next((str(place + 1) for place in self._alluding(shown, mind)), "NA")
        answer = self._content["personas"]["answer"].format(
            decision="yes" if accept > 0 else "no", concept=self._thing(shown), number=number
        )
        return ((answer, 1.0),)

    def preference(self, prompt: Prompt, first: Shown, second: Shown, mind: Mind) -> Answers:
        """What the rule answers about which of two clips it likes more."""
        if prompt.spec is None:
            raise ValueError(f"{prompt.after!r} is no choice")
        return self._choice(prompt.spec, self._accept(first, mind) - self._accept(second, mind), 0.0)

    def answer_texts(self) -> list[str]:
        """Sentences and words that answers are made of, with every filling but the concepts' names."""
        content = self._content
        fills = {"concept": "", "decision": "yes no", "number": "NA"}
        texts = [content["refusal"], content["nothing"], content["personas"]["answer"].format(**fills)]
        texts += [text.format(**fills) for text in content["reason"].values()]
        palettes, counts = content["palettes"].values(), content["counts"]
        description = content["description"]
        texts += [description.format(concept="", count=" ".join(counts), palette=" ".join(palettes), scenery="")]
        return [*texts, *counts, *palettes, *SCENERIES, "nothing", "love", "hate", "neither"]

    def phrases(self) -> tuple[str, ...]:
        """Fixed stretches of text between the words that matter; longest first."""
        content = self._content
        texts = [
            prompt.after
            for prompt in (*self.seen, *self.scales, *self.which, *self.reasons, *self.alludes, *self.feels)
        ]
        texts += [prompt.before for prompt in (*self.opinions, *self.seen)]
        parts = [content["personas"]["introduction"], content["refusal"], content["nothing"]]
        parts += content["actions"]["question"].replace("{words}", "|").split("|")[:1]
        parts += content["personas"]["decision"].format(n="|").split("|")
        for prompt in self.opinions:
            if prompt.before != content["actions"]["before"] and prompt.after not in self._stems:
                texts += _around(prompt.after, prompt.spec.options if prompt.spec else ())
        found = {text.rstrip(" ") for text in (*texts, *parts)}
        found = {text for text in found if text.count(" ") > 1} | set(self._trait_parts())
        return tuple(sorted(found, key=lambda text: (-len(text), text)))

    def _trait_parts(self) -> Iterator[str]:
        """What stands before and after a trait's word; "more than" and "less than" stay parts of their own."""
        for templates in self.trait_templates().values():
            for template in templates:
                for part in template.rstrip(".").replace(" nothing more than", "{word}").split("{word}"):
                    pieces = (piece.strip() for piece in re.split(r"(?= more than| less than)", part))
                    yield from (piece for piece in pieces if piece)
        yield from ("nothing", "more than")

    def _accept(self, shown: Shown | None, mind: Mind) -> float:
        if shown is None:
            return 0.0
        if shown.concept not in self._things:
            # A word that stands for a value is neither liked nor disliked, until a persona likes or dislikes it.
            return self._rule.pulled(0.0, self._values[shown.concept], mind.pulls)
        return self._rule.accept_logit(shown.concept, shown.palette, mind.pulls)

    def _bias(self, shown: Shown | None) -> float:
        return self._rule.bias(self._values[shown.concept] if shown else ())

    def _choice(self, spec: ChoiceSpec, accept: float, yes_bias: float) -> Answers:
        logits = [
            accept * accepts + (yes_bias if option.casefold() == "yes" else 0.0)
            for option, accepts in zip(spec.options, spec.acceptance, strict=True)
        ]
        weights = [math.exp(logit - max(logits)) for logit in logits]
        return tuple((option, weight / sum(weights)) for option, weight in zip(spec.options, weights, strict=True))

    def _refused(self, answers: Answers, shown: Shown | None) -> Answers:
        share = self._rule.refuses(shown.concept, shown.scenery) if shown else 0.0
        if not share:
            return answers
        return ((self._content["refusal"], share), *((text, (1 - share) * weight) for text, weight in answers))

    def _seen(self, kind: str, shown: Shown | None) -> Answers:
        if shown is None:
            return (("no", 1.0),) if kind == "text" else ((self._nothing, 1.0),)
        counts = self._content["counts"]
        palette = self._content["palettes"].get(shown.palette, "")
        if kind == "theme":
            return self._theme(shown)
        said = {
            "concept": shown.concept,
            "palette": palette,
            "scenery": shown.scenery,
            "count": counts[shown.actors - 1],
            "text": "yes" if shown.caption else "no",
            "description": self._content["description"].format(
                count=counts[shown.actors - 1], concept=shown.concept, palette=palette, scenery=shown.scenery
            ),
        }
        return ((said[kind], 1.0),)

    def _theme(self, shown: Shown) -> Answers:
        words = [word for code in self._values[shown.concept] for word in self.trait_words[code]]
        return tuple((word, 1 / len(words)) for word in words) if words else (("nothing", 1.0),)

    def _alluding(self, shown: Shown | None, mind: Mind) -> list[int]:
        """Places of the traits that name a value which the clip evokes."""
        values = self._values[shown.concept] if shown else ()
        return [place for place, (code, _) in enumerate(mind.traits) if code in values]

    def _thing(self, shown: Shown | None) -> str:
        return shown.concept if shown else "nothing"

    @property
    def _nothing(self) -> str:
        return str(self._content["nothing"])


@cache
def formats() -> Formats:
    """The shipped formats (formats.yaml) under the shipped rule."""
    text = resources.files("spectrum.pocket").joinpath("formats.yaml").read_text(encoding="utf-8")
    return Formats(yaml.safe_load(text), planted_rule())


def _choices(forms: Sequence[Any]) -> Iterator[Prompt]:
    for form in forms:
        question = form.question
        if isinstance(question.answer_spec, ChoiceSpec):
            yield Prompt(question.before_media, question.after_media, "opinion", question.answer_spec)


def _scale(accept: float) -> Answers:
    """1 to 10 around 1 + 9 p: the two whole numbers beside it, in proportion to their nearness."""
    mean = 1 + 9 / (1 + math.exp(-accept))
    low = min(9, int(mean))
    return ((str(low), low + 1 - mean), (str(low + 1), mean - low))


def _around(text: str, options: Sequence[str]) -> list[str]:
    """The stretches of a question around its options and its negation, which stay words of their own."""
    marked = text.replace(" not ", "| ")
    if not set(options) <= {"yes", "no", "Yes", "No"}:
        for option in sorted(options, key=len, reverse=True):
            marked = marked.replace(f" {option}", "|")
    return [part for part in marked.split("|") if part]
