"""`spectrum power`: what a planned run could detect, and what it would take."""

import json

import click

from spectrum.cli.shared import quiet_option, seed_option

RUNS = 300


def _counts(ctx: click.Context, option: click.Parameter, text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and int(part) > 0 for part in parts):
        raise click.BadParameter("give whole numbers with commas between them, such as 50,100,200")
    return tuple(int(part) for part in parts)


def _share(ctx: click.Context, option: click.Parameter, effect: float) -> float:
    if not -1 <= effect <= 1:
        raise click.BadParameter(
            f"{effect:g} is not a share between -1 and 1; for {effect:g} points give {effect / 100:g} "
            "(.05 is five points; spectrum compare --fail-over takes points)"
        )
    return effect


@click.command()
@click.option(
    "--clips", callback=_counts, default="50,100,200", show_default=True, help="Clips a value, with commas between."
)
@click.option(
    "--effect",
    type=float,
    callback=_share,
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="What is to be found: a share between -1 and 1, .05 for five points.",
)
@click.option("--wordings", type=click.IntRange(min=1), default=12, show_default=True, help="Wordings in the bank.")
@click.option("--per-clip", type=click.IntRange(min=1), default=4, show_default=True, help="Wordings a clip and block.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Times each ask is put.")
@click.option("--bias", type=float, default=0.0, show_default=True, help="Yes-bias of the respondent, logits.")
@click.option(
    "--acceptance",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.55,
    show_default=True,
    help="Share of clips that it accepts.",
)
@click.option(
    "--correlation",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Of two respondents' likings of clips and wordings; a persona and its neutral have more.",
)
@click.option("--profile", is_flag=True, help="Only one respondent's values against its own average.")
@click.option("--paired", is_flag=True, help="Only two respondents (or a persona and neutral) on identical items.")
@click.option("--controls", type=click.IntRange(min=0), help="Control clips a value. Default: as many as clips.")
@click.option("--tokens-per-ask", type=click.FloatRange(min=0), default=700.0, show_default=True, help="In and out.")
@click.option("--price-per-mtok", type=click.FloatRange(min=0), help="Price of a million tokens.")
@click.option("--asks-per-second", type=click.FloatRange(min=0, min_open=True), help="What your model manages.")
@click.option("--runs", type=click.IntRange(min=20), default=RUNS, show_default=True, help="Simulated runs a row.")
@click.option("--json", "as_json", is_flag=True, help="Print the study as JSON instead of tables.")
@seed_option
@quiet_option
def power(
    clips: tuple[int, ...],
    effect: float,
    wordings: int,
    per_clip: int,
    repeats: int,
    bias: float,
    acceptance: float,
    correlation: float,
    profile: bool,
    paired: bool,
    controls: int | None,
    tokens_per_ask: float,
    price_per_mtok: float | None,
    asks_per_second: float | None,
    runs: int,
    as_json: bool,
    seed: int,
    quiet: bool,
) -> None:
    """Simulate a planned run and say how wide its intervals are, what it would find, and what it takes.

    Simulated respondents are put to the design and estimated as a bench estimates a model: one value differs from
    the average by --effect, the other nine do not. Clips differ by a logit SD of 1, wordings by .5, each value's
    liking of a wording by .3, each clip's by .5.
    """
    from rich.console import Console

    from spectrum.cli.progress import tracked
    from spectrum.power.cost import Prices
    from spectrum.power.design import Design
    from spectrum.power.study import study, study_summary
    from spectrum.power.terminal import show_study

    design = Design(effect, wordings, per_clip, repeats, bias, acceptance, correlation)
    done = 0
    with tracked("simulated runs", runs * len(set(clips)), quiet=quiet) as track:

        def tell(some: int) -> None:
            nonlocal done
            done += some
            track.at(done)

        found = study(
            design,
            clips,
            runs,
            seed,
            profile=profile or not paired,
            paired=paired or not profile,
            controls=controls,
            prices=Prices(tokens_per_ask, price_per_mtok, asks_per_second),
            tell=tell,
        )
    if as_json:
        click.echo(json.dumps(study_summary(found), indent=2, sort_keys=True))
    else:
        show_study(found, Console())
