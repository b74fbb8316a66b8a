"""The `spectrum` command: finds the subcommand, and turns expected errors into one line and an exit status."""

import errno
import importlib
import sys
from difflib import get_close_matches
from types import MappingProxyType

import click

from spectrum import __version__
from spectrum.cli.shared import complain
from spectrum.runs.interrupt import ended_in_order
from video_index.errors import SpectrumError

_COMMANDS = MappingProxyType(
    {
        "index": "Put a folder of short videos and stills into a clip index.",
        "search": "Find clips in an index by text, or by another clip.",
        "freeze": "Fix clips and labels in a file, so that a growing index does not change a benchmark.",
        "bench": "Ask a model about the clips and report which values it accepted.",
        "pairs": "Ask a model which of two clips it would rather watch, and report which values win.",
        "compare": "Say which differences between runs or conditions are real, value by value.",
        "power": "Say what a planned run could detect and what it would cost, before it is paid for.",
        "personas": "List the personas a model can be asked to play, with their target profiles.",
        "adhere": "Ask a model to play personas and say which of them it follows.",
        "browse": "Let a model scroll a feed, with and without a persona.",
        "audit": "Show a person clips of a run, and record which values they show.",
        "replay": "Step through what an agent of a browse run saw and did, and check the record.",
        "calibrate": "Hold the instrument against planted truth: recovery, coverage, false positives, mutants.",
        "circumplex": "Test the circle of values over 30 or more profiles.",
        "report": "Print a run's result and write its report.html.",
        "view": "Look through all results in a folder in a browser, and follow runs that go on.",
        "figures": "Write a result's figures (PNG, SVG, PDF) and tables (CSV, LaTeX, Markdown) for a paper.",
        "demo": "Run the whole job on generated clips and a tiny checkpoint.",
        "doctor": "Say what is installed, what is missing, and what each missing thing would give.",
    }
)


class _Commands(click.Group):
    """Loads a subcommand's file only when it is called: `spectrum --help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"spectrum.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], _COMMANDS, n=1)
            if not near or isinstance(error, click.NoSuchOption):
                raise
            raise click.UsageError(f"{error.message.rstrip('.')}; did you mean {near[0]}?", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="spectrum")
def cli() -> None:
    """Which human values does a vision-language model accept in short video, and can it play a person
    with other values? Index clips, ask a model, get a profile with intervals."""


def _fail(message: str, status: int) -> int:
    complain(message)
    return status


def main() -> None:
    """Run the command line; the exit status is 0 for success, 2 for a mistake, 3 for a spent budget, 130 for a stop
    by Ctrl-C, 143 by SIGTERM, 129 where the terminal was closed."""
    try:
        with ended_in_order():
            status = cli.main(standalone_mode=False)
    except click.exceptions.Abort as stop:
        status = _fail("stopped", getattr(stop.__cause__, "exit_status", 130))
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except SpectrumError as error:
        status = _fail(str(error), error.exit_status)
    except KeyboardInterrupt as stop:
        line = "stopped; what was finished is stored, the same command goes on from there"
        status = _fail(line, getattr(stop, "exit_status", 130))
    except BrokenPipeError:
        sys.stderr.close()
        status = 141
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        status = _fail(f"{error.strerror}: {error.filename or 'while writing'}; free space or choose another folder", 2)
    sys.exit(status if isinstance(status, int) else 0)
