"""`spectrum circumplex`: is the circle of values found over many profiles?"""

from pathlib import Path

import click

from spectrum.cli.shared import seed_option
from spectrum.cli.showing import tell_report


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--construct", default="like", show_default=True, help="like, watch or interest.")
@click.option(
    "--measure",
    type=click.Choice(["written", "probability"]),
    default="written",
    show_default=True,
    help="Profiles of written answers, or of option probabilities; the two are never mixed.",
)
@click.option(
    "--strategy", help="Of adherence runs: the personas as put so. Default: the run's first that has profiles."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for summary, tables and page. Default: print only."
)
@seed_option
def circumplex(
    folders: tuple[Path, ...], construct: str, measure: str, strategy: str | None, out: Path | None, seed: int
) -> None:
    """Test Schwartz's circle of values over the profiles in FOLDERS: 30 or more respondents or personas.

    A FOLDER is a run (each of its conditions, and of an adherence run each persona under one strategy, counts as one
    profile) or holds runs. Reported are the exact
    randomisation test of the circular order, a map laid over the circle, the cosine pattern of the correlations and
    Browne's circular model. One model has a profile and no correlations: fewer than 30 profiles are refused.
    """
    from spectrum.circumplex.profiles import read_profiles
    from spectrum.circumplex.result import analyse, headline, lines, write_circumplex

    profiles = read_profiles(folders, construct=construct, measure=measure, strategy=strategy)
    found = analyse(profiles, seed)
    click.echo(headline(found))
    for line in lines(found, profiles):
        click.echo(line)
    if out is not None:
        write_circumplex(out, found, profiles, [str(folder) for folder in folders])
        click.echo(f"summary and tables: {out}")
        tell_report(out)
