"""`spectrum freeze`: fix clips and labels in a file."""

from pathlib import Path
from typing import Any

import click

from spectrum.cli.shared import index_option, protocol_option, seed_option
from spectrum.cli.suites import BENCH_SIZE, SuiteChoice, suite_options


@click.command()
@index_option(required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write, such as suite.json.")
@protocol_option
@BENCH_SIZE.quick_option("for a screening run")
@suite_options(BENCH_SIZE)
@seed_option
def freeze(
    index_url: str,
    out: Path,
    protocol: str,
    quick: bool,
    seed: int,
    **settings: Any,
) -> None:
    """Fix a benchmark's clips and labels in a file, so that a growing index does not change it.

    Use the file with: spectrum bench RESPONDENT --items FILE. Pictures are not copied: the file says where they lie
    and holds their hashes.
    """
    from spectrum.suite import save_suite

    choice = SuiteChoice.taken_from(settings, index_url, BENCH_SIZE, protocol=protocol, quick=quick, seed=seed)
    suite = choice.make()
    out.parent.mkdir(parents=True, exist_ok=True)
    save_suite(suite, out)
    click.echo(f"{out}: {len(suite.clips)} clips, fingerprint {suite.fingerprint[:12]}")
    for note in suite.notes:
        click.echo(f"  {note}")
