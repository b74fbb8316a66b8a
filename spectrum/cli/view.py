"""`spectrum view`: a local page over all results in a folder."""

from pathlib import Path

import click

from spectrum.cli.serving import page_options, serve
from spectrum.cli.shared import both_prices


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@page_options
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on. Anything but loopback lets every machine that reaches it and knows the page's secret "
    "address read the results, unencrypted.",
)
@click.option("--price-in", type=click.FloatRange(min=0), help="USD per million tokens sent, for the cost so far.")
@click.option("--price-out", type=click.FloatRange(min=0), help="USD per million tokens written.")
def view(folder: Path, port: int, no_open: bool, host: str, price_in: float | None, price_out: float | None) -> None:
    """Look through all results below FOLDER (default: here) in a browser: list, filter, open, put profiles together,
    and follow a run that goes on. Nothing is changed. Ctrl-C ends it.

    Pages are drawn anew from the folders, everything in them as plain text: an untrusted folder is safe to look at.
    """
    from spectrum.errors import ConfigError
    from spectrum.report.server import RunServer
    from spectrum.report.server_progress import Prices

    prices = both_prices(price_in, price_out)
    try:
        server = RunServer(folder, port, host=host, prices=None if prices is None else Prices(*prices))
    except PermissionError as error:
        raise ConfigError(f"{error.filename or f'port {port}'} cannot be used ({error.strerror})") from error
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be used ({error.strerror}); choose another --port or --host"
        ) from error
    found = server.count
    click.echo(f"{found} result{'' if found == 1 else 's'} below {folder}: {server.url} (Ctrl-C ends)", err=True)
    serve(server, browse=not no_open, goodbye="")
