"""A page of ours in the user's browser, served until Ctrl-C. Shared by audit and view."""

from typing import Protocol

import click

from spectrum.cli.shared import together


class Page(Protocol):
    """What is served."""

    url: str

    def serve(self) -> None:
        """Answer requests until the process is interrupted."""

    def release(self) -> None:
        """Free the port after that."""


page_options = together(
    click.option("--port", type=click.IntRange(min=0, max=65535), default=0, help="Of the page. Default: a free one."),
    click.option("--no-open", is_flag=True, help="Print the page's address, open no browser."),
)
"""`--port`, `--no-open`."""


def serve(page: Page, *, browse: bool, goodbye: str) -> None:
    """Serve until Ctrl-C, which is answered with `goodbye`; `browse` opens the page in a browser."""
    try:
        if browse:
            import webbrowser

            webbrowser.open(page.url)
        page.serve()
    except KeyboardInterrupt:
        click.echo(goodbye, err=True)
    finally:
        page.release()
