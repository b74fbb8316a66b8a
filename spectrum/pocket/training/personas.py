"""Writes the pocket personas: traits that the pocket VLM can read, with the targets that the planted rule gives them.

    python -m spectrum.pocket.training.personas

Run it again when the rule, the traits' words or the shipped clips change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spectrum.pocket.formats import formats
from spectrum.pocket.shipped import personas_path, planted_persona_profile
from spectrum.pocket.training.examples import held_out_trait
from spectrum.values import SCHWARTZ
from video_index.keyed import shuffled

Signed = tuple[str, float]
"""A value's code, and +1 for liking or -1 for disliking it."""

_HEADER = """\
# Personas in words that the pocket VLM knows. Targets are what the planted rule makes of the traits on the shipped
# clips (spectrum.pocket.shipped.planted_persona_profile), in acceptance, centred. Written by
# `python -m spectrum.pocket.training.personas`.
#
# No trait was trained on: those of "new words in known templates" are combinations held out from training, those of
# "new templates" stand in templates that training never shows. Compatible blends like neighbours on the circle of
# values and dislike their opposites, rival blends like two that oppose each other.
"""
_COMBINATIONS = "the rule planted in the pocket model; new words in known templates"
_TEMPLATES = "the rule planted in the pocket model; new templates"


@dataclass(frozen=True, slots=True)
class Sketch:
    """A persona to be put into words."""

    id: str
    name: str
    traits: tuple[Signed, ...]


def sketches() -> Iterator[Sketch]:
    """Named characters, devotees of one value, compatible blends and rival blends."""
    yield Sketch("thrill-seeker", "Thrill seeker", (("ST", 1), ("SD", 1), ("SE", -1), ("CO", -1)))
    yield Sketch("carer", "Carer", (("BE", 1), ("UN", 1), ("PO", -1), ("AC", -1)))
    yield Sketch("guardian", "Guardian", (("TR", 1), ("SE", 1), ("CO", 1), ("ST", -1), ("HE", -1)))
    yield Sketch("striver", "Striver", (("AC", 1), ("PO", 1), ("BE", -1), ("TR", -1)))
    codes, names = SCHWARTZ.codes, SCHWARTZ.names
    for place, code in enumerate(codes):
        near, over, beside = (codes[(place + step) % 10] for step in (1, 5, 6))
        lower = code.lower()
        yield Sketch(f"{lower}-only", f"{names[place]} only", ((code, 1), (code, 1), (over, -1)))
        yield Sketch(
            f"{lower}-{near.lower()}-compatible",
            f"{names[place]} and {names[(place + 1) % 10]}",
            ((code, 1), (near, 1), (over, -1), (beside, -1)),
        )
    for place, code in enumerate(codes[:5]):
        over = codes[place + 5]
        against = (codes[(place + 2) % 10], codes[(place + 7) % 10])
        yield Sketch(
            f"{code.lower()}-{over.lower()}-rival",
            f"{names[place]} against {names[place + 5]}",
            ((code, 1), (over, 1), (against[0], -1), (against[1], -1)),
        )
    for place, code in enumerate(codes[:5]):
        over = codes[place + 5]
        yield Sketch(
            f"{code.lower()}-{over.lower()}-averse",
            f"Averse to {names[place]} and {names[place + 5]}",
            ((code, -1), (over, -1), (codes[(place + 3) % 10], 1)),
        )


def in_words(sketch: Sketch, *, held_out: bool) -> tuple[str, ...]:
    """The traits as sentences: in templates never trained on, or in combinations with a word never trained on."""
    said: list[str] = []
    for place, (code, sign) in enumerate(sketch.traits):
        offered = [
            template.format(word=word)
            for template in formats().trait_templates(held_out=held_out)[sign]
            for word in formats().trait_words[code]
            if held_out or held_out_trait(template, word)
        ]
        key = (sketch.id, held_out, place)
        said.append(next(text for text in shuffled(offered, "pocket persona", *key) if text not in said))
    return tuple(shuffled(said, "order", sketch.id, held_out))


def _row(identity: str, name: str, traits: Sequence[str], source: str) -> str:
    target = ", ".join(
        f"{SCHWARTZ.names[place]}: {value:.3f}" for place, value in enumerate(planted_persona_profile(traits).values())
    )
    lines = [f"- id: pocket-{identity}", f"  name: {name}", "  tier: named", f"  target_source: {source}"]
    lines += [f"  target: {{{target}}}", "  traits:", *(f"    - {trait}" for trait in traits)]
    return "\n".join(lines) + "\n"


def written() -> str:
    """The whole file."""
    rows = [
        _row(
            sketch.id if not held_out else f"{sketch.id}-new",
            sketch.name if not held_out else f"{sketch.name} (new templates)",
            in_words(sketch, held_out=held_out),
            _TEMPLATES if held_out else _COMBINATIONS,
        )
        for held_out in (False, True)
        for sketch in sketches()
    ]
    plain = formats().plain_traits
    for number, count in enumerate((4, 4, 3, 5)):
        chosen = shuffled(plain, "plain persona", number)[:count]
        identity = "plain" if number == 0 else f"plain-{number + 1}"
        lines = [f"- id: pocket-{identity}", f"  name: Plain {number + 1} (control)", "  tier: none", "  placebo: true"]
        rows.append("\n".join([*lines, "  traits:", *(f"    - {trait}" for trait in chosen)]) + "\n")
    return "\n".join([_HEADER, *rows])


def main() -> None:
    """The command."""
    personas_path().write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
