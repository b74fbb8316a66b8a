"""`spectrum audit`: show a person clips of a run, and write down which values they show."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum.cli.serving import page_options, serve
from spectrum.cli.shared import seed_option

if TYPE_CHECKING:
    from spectrum.audit.audited_run import AuditedRun
    from spectrum.audit.sample import AuditSample

_GOODBYE = "\nstopped; what was judged is kept"


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--rater", default=lambda: _login(), show_default="your login name", help="Who judges; two raters give a kappa."
)
@click.option(
    "--per-value", type=click.IntRange(min=1), default=30, show_default=True, help="Clips of each value's set."
)
@click.option(
    "--outside", type=click.IntRange(min=0), help="Clips that are in no set, for recall. Default: --per-value."
)
@click.option("--terminal", is_flag=True, help="Ask in the terminal, naming files, instead of serving a page.")
@page_options
@click.option("--show", is_flag=True, help="Only print what was found so far.")
@seed_option
def audit(
    run: Path,
    rater: str,
    per_value: int,
    outside: int | None,
    terminal: bool,
    port: int,
    no_open: bool,
    show: bool,
    seed: int,
) -> None:
    """Show a person clips of RUN, one after another, and keep which values each shows in RUN/audit.jsonl.

    The person is not told why a clip was chosen. Stop with Ctrl-C and go on later with the same command; let a second
    person do the same with another --rater. With 30 clips a value judged, spectrum report corrects the labels by
    what was found. The page is served to this machine only.
    """
    from spectrum.audit.audited_run import audited_run

    found = audited_run(run)
    sample = found.sample(per_value, outside, seed)
    if not show:
        click.echo(f"{len(found.left(sample, rater))} of {len(sample.clip)} clips left for {rater}", err=True)
        if terminal:
            _type(found, sample, rater)
        else:
            _serve(found, sample, rater, port, not no_open)
    _print(found)


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, as in some containers
        return "rater"


def _type(found: "AuditedRun", sample: "AuditSample", rater: str) -> None:
    from spectrum.audit.terminal import ask_in_terminal

    try:
        ask_in_terminal(
            found, sample, rater, lambda prompt: str(click.prompt(prompt, default="", show_default=False)), click.echo
        )
    except click.Abort:
        click.echo(_GOODBYE, err=True)


def _serve(found: "AuditedRun", sample: "AuditSample", rater: str, port: int, browse: bool) -> None:
    from spectrum.audit.page import AuditPage
    from spectrum.audit.pictures import ClipPictures
    from spectrum.errors import ConfigError

    with ClipPictures(found) as pictures:
        try:
            page = AuditPage(found, sample, rater, pictures.jpeg, port)
        except OSError as error:
            raise ConfigError(f"port {port} cannot be used ({error.strerror}); choose another --port") from error
        click.echo(f"judge the clips at {page.url} (Ctrl-C ends)", err=True)
        serve(page, browse=browse, goodbye=_GOODBYE)


def _print(found: "AuditedRun") -> None:
    from rich.console import Console

    from spectrum.audit.findings import findings, table

    told = findings(found)
    console = Console()
    if told.audit is None:
        console.print("nothing was judged yet")
        return
    console.print(table(told.audit, found.system.names))
    console.print(told.sentence)
