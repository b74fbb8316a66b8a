"""`spectrum demo`: the whole job on the pocket set, as the commands a user types, held against what was planted."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

_PERSONAS = ("pocket-thrill-seeker", "pocket-carer")
_BROWSING = _PERSONAS[0]
_NOTE = """\
The pocket set comes with the package: clips composed of drawn things, a small CLIP, and a small vision-language model
whose preferences, and how far a persona moves them, were planted by training, so that what is measured can be held
against what is true (docs/pocket.md)."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to use.")
@click.option("--limit", type=click.IntRange(min=30), help="Clips to ask about. Default: all.")
def demo(out: Path, limit: int | None) -> None:
    """Index the pocket clips, ask the pocket model as itself and as two personas, and let it browse: offline, on a CPU.

    Every step is printed as the command that does it. Run again, it does only what is missing.
    """
    from spectrum.pocket.shipped import clip_folder, embedder_folder, lexicon_path, personas_path

    click.echo(_NOTE)
    index, runs = out / "clips.index", out / "runs"
    personas = {name: ["--persona", f"{personas_path()}#{name}"] for name in _PERSONAS}
    played = [part for options in personas.values() for part in options]
    some = [] if limit is None else ["--limit", str(limit)]
    shared = ["--index", str(index), "--lexicon", str(lexicon_path()), "--long-side", "256", "--quiet"]
    for command in (
        ["index", str(clip_folder()), "--index", str(index), "--embedder", str(embedder_folder()), "--quiet"],
        ["search", "a dog in the snow", "--index", str(index), "--limit", "3"],
        ["bench", "pocket", *played, *shared, *some, "--ladder-clips", "8", "--out", str(runs / "bench")],
        ["browse", "pocket", *personas[_BROWSING], *shared, "--slots", "30", "--probe-every", "3",
         "--out", str(runs / "browse")],
    ):  # fmt: skip
        _run(command)
    _hold_against_the_truth(runs / "bench")
    click.echo("\nOpen these in a browser:")
    for run in ("bench", "browse"):
        click.echo(f"  {runs / run / 'report.html'}")


def _run(command: list[str]) -> None:
    from spectrum.cli.main import cli

    click.echo(f"\n$ spectrum {shlex.join(command)}")
    status = cli.main(args=command, standalone_mode=False)
    if isinstance(status, int) and status:
        raise SystemExit(status)


def _hold_against_the_truth(run: Path) -> None:
    """Print the tallies side by side, and what is measured beside what was planted, in points from the average."""
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.table import Table

    from personas.persona import load_personas
    from spectrum.pocket.shipped import personas_path, planted_persona_profile, planted_profile
    from spectrum.values import SCHWARTZ

    rows = {
        (row["condition"], row["value"]): row
        for row in pq.read_table(run / "tables" / "profile.parquet").to_pylist()
        if (row["measure"], row["scale"]) == ("written", "probability")
    }
    traits = {persona.id: persona.traits for persona in load_personas(personas_path())}
    planted = {"neutral": planted_profile(written=True)}
    planted |= {name: planted_persona_profile(traits[name], written=True) for name in _PERSONAS}
    names = {"neutral": "no persona"} | {name: name.removeprefix("pocket-") for name in _PERSONAS}
    table = Table("value", *(name for each in names.values() for name in ("planted", f"{each} [95%]")), box=None)
    for value in SCHWARTZ.values:
        cells = [(f"{100 * planted[n][value.code]:+.0f}", _cell(rows.get((n, value.code)))) for n in names]
        table.add_row(value.name, *(cell for pair in cells for cell in pair))
    console = Console(width=max(Console().width, 100))
    console.print("\nMeasured beside planted, in points above or below the average:")
    console.print(table)
    for condition, name in names.items():
        held = sum(
            row is not None and row["low"] <= planted[condition][value.code] <= row["high"]
            for value in SCHWARTZ.values
            for row in [rows.get((condition, value.code))]
        )
        console.print(f"{name}: {held} of {len(SCHWARTZ.values)} intervals hold what was planted.")


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "no profile"
    return f"{100 * row['estimate']:+.0f} [{100 * row['low']:+.0f}, {100 * row['high']:+.0f}]"
