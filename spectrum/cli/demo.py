"""`spectrum demo`: the whole job on generated clips, as the commands a user would type."""

import shlex
from pathlib import Path

import click

_PERSONA = "adventurer"
_NOTE = """\
The checkpoint is a tiny Qwen2.5-VL with RANDOM weights: it shows that every part works, and it has no values
to be found. The planted respondent after it has values that we know, so what is measured can be checked."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to use.")
@click.option("--per-value", type=click.IntRange(min=2), default=8, show_default=True, help="Generated clips a value.")
@click.option("--seed", type=int, default=0, show_default=True)
def demo(out: Path, per_value: int, seed: int) -> None:
    """Generate clips, index them, ask a checkpoint with and without a persona, and let it browse: offline, on a CPU.

    Every step is printed as the command that does it. Run again, it does only what is missing.
    """
    from spectrum.pocket.checkpoints import build_checkpoint
    from spectrum.pocket.clips import write_clips
    from spectrum.pocket.tiny_clip import build_tiny_clip

    folder = out.resolve()
    clips, index = folder / "clips", folder / "clips.index"
    embedder, checkpoint = folder / "tiny-clip", folder / "tiny-vlm"
    click.echo(f"Generating {per_value} clips a value, and controls, into {clips} ...")
    write_clips(clips, per_value=per_value, controls=2 * per_value, seed=seed)
    if not embedder.exists():
        build_tiny_clip(embedder)
    if not checkpoint.exists():
        build_checkpoint(checkpoint, "qwen2_5_vl", seed=7, answers=True)
    click.echo(_NOTE)
    shared = ["--index", str(index), "--persona", _PERSONA, "--controls", "3", "--quick", "--quiet"]
    for command in (
        ["index", str(clips), "--index", str(index), "--embedder", str(embedder), "--quiet"],
        ["search", "a dog in the snow", "--index", str(index), "--limit", "3"],
        ["bench", f"hf:{checkpoint}", *shared, "--long-side", "112", "--out", str(folder / "runs" / "checkpoint")],
        ["bench", "planted:hedonism?strength=3", *shared, "--out", str(folder / "runs" / "planted")],
        ["browse", f"hf:{checkpoint}", *shared[:4], "--quiet", "--slots", "30", "--probe-every", "2",
         "--long-side", "112", "--out", str(folder / "runs" / "browse")],
    ):  # fmt: skip
        _run(command)
    click.echo("\nOpen these in a browser:")
    for run in ("checkpoint", "planted", "browse"):
        click.echo(f"  {folder / 'runs' / run / 'report.html'}")


def _run(command: list[str]) -> None:
    from spectrum.cli.main import cli

    click.echo(f"\n$ spectrum {shlex.join(command)}")
    status = cli.main(args=command, standalone_mode=False)
    if isinstance(status, int) and status:
        raise SystemExit(status)
