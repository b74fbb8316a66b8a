"""`spectrum demo`: the whole job on the pocket set, as the commands a user types, held against what was planted."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

_PERSONA = "pocket-thrill-seeker"
_NOTE = """\
The pocket set comes with the package: clips composed of drawn things, a small CLIP, and a small vision-language model
whose preferences were planted by training, so that what is measured can be held against what is true. The model has
not learned to follow personas (docs/pocket.md): with one, an honest instrument finds no change."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to use.")
@click.option("--limit", type=click.IntRange(min=30), help="Clips to ask about. Default: all.")
def demo(out: Path, limit: int | None) -> None:
    """Index the pocket clips, ask the pocket model with and without a persona, and let it browse: offline, on a CPU.

    Every step is printed as the command that does it. Run again, it does only what is missing.
    """
    from spectrum.pocket.shipped import clip_folder, embedder_folder, lexicon_path, personas_path

    click.echo(_NOTE)
    index, runs = out / "clips.index", out / "runs"
    persona = ["--persona", f"{personas_path()}#{_PERSONA}"]
    some = [] if limit is None else ["--limit", str(limit)]
    shared = ["--index", str(index), "--lexicon", str(lexicon_path()), "--long-side", "256", "--quiet"]
    for command in (
        ["index", str(clip_folder()), "--index", str(index), "--embedder", str(embedder_folder()), "--quiet"],
        ["search", "a dog in the snow", "--index", str(index), "--limit", "3"],
        ["bench", "pocket", *persona, *shared, *some, "--ladder-clips", "8", "--out", str(runs / "bench")],
        ["browse", "pocket", *persona, *shared, "--slots", "30", "--probe-every", "3",
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

    from spectrum.pocket.shipped import planted_profile
    from spectrum.values import SCHWARTZ

    rows = {
        (row["condition"], row["value"]): row
        for row in pq.read_table(run / "tables" / "profile.parquet").to_pylist()
        if (row["measure"], row["scale"]) == ("written", "probability")
    }
    planted = planted_profile()
    table = Table("value", "planted", "no persona [95%]", "with persona [95%]", box=None, pad_edge=False)
    held = 0
    for value in SCHWARTZ.values:
        truth, found = planted[value.code], rows.get(("neutral", value.code))
        held += found is not None and found["low"] <= truth <= found["high"]
        table.add_row(value.name, f"{100 * truth:+.0f}", _cell(found), _cell(rows.get((_PERSONA, value.code))))
    console = Console()
    console.print("\nMeasured beside planted, in points above or below the model's own average:")
    console.print(table)
    console.print(f"{held} of {len(SCHWARTZ.values)} intervals hold what was planted.")


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "no profile"
    return f"{100 * row['estimate']:+.0f} [{100 * row['low']:+.0f}, {100 * row['high']:+.0f}]"
