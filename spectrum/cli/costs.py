"""What asking costs: a budget holds for a run folder, over all starts of its command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spectrum.respondents.base import Respondent
    from spectrum.respondents.spending import Spent


@contextmanager
def within_budget(folder: Path, respondent: "Respondent", planned: int = 0, *, quiet: bool = False) -> Iterator[None]:
    """While a run asks a respondent that is paid for: what earlier starts used counts, and the end tells the cost.

    `planned` is how many asks there are in all, 0 where that is not known. BudgetReached that leaves the block says
    what was used, how much is answered, and how to go on.
    """
    from spectrum.cli.progress import stored_answers
    from spectrum.errors import BudgetReached

    if not (hasattr(respondent, "count_before") and hasattr(respondent, "spent")):
        yield
        return
    respondent.count_before(*_paid_before(folder))
    try:
        yield
    except BudgetReached as error:
        of = f" of {planned}" if planned else ""
        raise BudgetReached(
            f"{error}. Run folder {folder} has used {_told(respondent.spent)} in all; {stored_answers(folder)}{of} asks"
            " are answered. To go on, run the same command with a larger bound",
            error.replies,
        ) from error
    finally:
        if not quiet:
            click.echo(f"run folder {folder} has used {_told(respondent.spent)} so far, all starts together", err=True)


def _paid_before(folder: Path) -> tuple[int, int, int]:
    """Asks that earlier starts paid for, tokens in and out; zeros where the folder cannot be read."""
    from spectrum.errors import RunFolderError
    from spectrum.runs.folder import RunFolder
    from spectrum.runs.store import AnswerStore

    try:
        with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
            return store.paid()
    except RunFolderError:
        return 0, 0, 0


def _told(spent: "Spent") -> str:
    usd = "" if spent.usd is None else f"{spent.usd:.4f} USD, "
    return f"{usd}{spent.calls:,} calls, {spent.tokens_in:,} tokens in, {spent.tokens_out:,} out"
