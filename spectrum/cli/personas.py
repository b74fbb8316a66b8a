"""`spectrum personas`: who can be played, with target profiles, and who names the value it is to express."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum.cli.shared import tier_option

if TYPE_CHECKING:
    from personas.persona import Persona

_CELLS = ("  ", "▁▁", "▂▂", "▃▃", "▄▄", "▅▅", "▆▆", "▇▇", "██")


@click.command()
@click.option("--file", "file", metavar="FILE", help="Personas of this file (or library, pocket). Default: library.")
@tier_option
@click.option("--leaks", "show_leaks", is_flag=True, help="Say which traits name a value or speak like a survey.")
@click.option("--traits", "show_traits", is_flag=True, help="Print the traits too.")
@click.option("--save", type=click.Path(path_type=Path), help="Write them to a .yaml, .jsonl or .csv file.")
@click.option("--like", metavar="TARGET", help="Generate one instead, from a target: 'Stimulation=2,Security=-1'.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of --like: another seed, other sentences.")
def personas(
    file: str | None,
    tier: str | None,
    show_leaks: bool,
    show_traits: bool,
    save: Path | None,
    like: str | None,
    seed: int,
) -> None:
    """List personas with their target profiles: a bar a value, from far below its own mean to far above.

    FILE may be YAML, JSON, JSONL or CSV; a Persona-Chat text or trait list; or Parquet with the columns of
    Nemotron-Personas. A tier says how the values are given: by name, by what the person does (described), inside a
    life story (biography), or not at all (none).
    """
    from personas.leaks import leaks
    from personas.library import resolve
    from personas.persona import save_personas
    from spectrum.values import SCHWARTZ

    found = [_generated(like, seed)] if like else resolve([file or "library"])
    found = [persona for persona in found if tier in (None, persona.tier)]
    wide = max((len(persona.id) for persona in found), default=2)
    click.echo(f"{'':{wide}} {'':10} {' '.join(SCHWARTZ.codes)}")
    for persona in found:
        click.echo(f"{persona.id:{wide}} {persona.tier:10} {_bars(persona)}".rstrip())
        if show_traits or like:
            for trait in persona.traits:
                click.echo(f"    {trait}")
        if show_leaks:
            for leak in leaks(persona):
                click.echo(
                    f"    {leak.sentence}{'' if persona.tier == 'named' else '  <- its tier says it should not'}"
                )
    clusters = len({persona.group for persona in found if persona.target is not None})
    click.echo(f"{len(found)} personas, {clusters} different targets")
    if save is not None:
        save_personas(found, save)
        click.echo(f"written to {save}")


def _bars(persona: "Persona") -> str:
    if persona.target is None:
        return "(control)" if persona.placebo else "(no target)"
    reach = max(map(abs, persona.target))
    return " ".join(_CELLS[round(4 + 4 * weight / reach)] for weight in persona.target)


def _generated(like: str, seed: int) -> "Persona":
    from personas.errors import PersonaError
    from personas.generator import generate

    target: dict[str, float] = {}
    for part in like.split(","):
        name, equals, weight = part.partition("=")
        try:
            target[name.strip()] = float(weight)
        except ValueError:
            raise PersonaError(f"--like takes VALUE=NUMBER,VALUE=NUMBER, not {part!r}") from None
        if not equals:
            raise PersonaError(f"--like takes VALUE=NUMBER,VALUE=NUMBER, not {part!r}")
    return generate(target, seed)
