"""report.html: the page of a result folder, written into it."""

from pathlib import Path

from spectrum.report.page import page_html
from spectrum.report.pages import page_of
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder


def write_report(folder: Path) -> Path:
    """Write report.html into a result folder of any kind, from the folder alone; returns its path.

    A half-finished, empty or damaged folder gives a report of what is there that says what is missing.
    Raises RunFolderError where there is no such folder, or it cannot be written.
    """
    path = RunFolder(folder).report
    write_durably(path, page_html(page_of(folder)).encode())
    return path
