"""`spectrum figures`: the figures and tables of a result as files for a paper."""

from pathlib import Path

import click

from spectrum.cli.shared import complain

_FORMATS = ("png", "svg", "pdf", "csv", "tex", "md")


def _formats(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower().removeprefix(".") for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in _FORMATS]
    if unknown or not names:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'} is no format; choose of {', '.join(_FORMATS)}")
    return names


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to. Default: RUN/figures."
)
@click.option("--only", multiple=True, metavar="NAME", help="Only this figure or table; may be repeated.")
@click.option(
    "--format",
    "formats",
    default="png,svg,csv,tex,md",
    show_default=True,
    callback=_formats,
    help="Pictures: png (300 dpi), svg, pdf; numbers: csv; tables: csv, tex, md.",
)
@click.option(
    "--background", type=click.Choice(["white", "transparent"]), default="white", show_default=True, help="Of pictures."
)
@click.option("--list", "only_list", is_flag=True, help="Only print the names.")
@click.option("--quiet", is_flag=True, help="Do not list the files.")
def figures(
    run: Path,
    out: Path | None,
    only: tuple[str, ...],
    formats: tuple[str, ...],
    background: str,
    only_list: bool,
    quiet: bool,
) -> None:
    """Write every figure of RUN as a picture with its numbers, and every table as CSV, LaTeX and Markdown.

    RUN is any result folder: of bench, pairs, browse, adhere, compare, calibrate or circumplex. A picture as wide as a
    page is 7.2 inches wide. What is damaged or missing is said, and the rest is written.
    """
    from spectrum.report.figures import named_blocks, write_figures
    from spectrum.report.pages import page_of

    if only_list:
        for name, block in named_blocks(page_of(run)):
            click.echo(f"{name}  ({block.template}) {block.caption}".rstrip())
        return
    written = write_figures(run, out, only=only, formats=formats, background=background)
    for problem in written.problems:
        complain(problem)
    if not quiet:
        for file in written.files:
            click.echo(file)
    if not written.files:
        complain("there is nothing to draw in this folder yet")
    if written.undrawn:
        raise SystemExit(1)
