"""Figures and tables of a result folder as files for a paper: PNG, SVG, PDF, CSV, LaTeX and Markdown.

One pixel of a chart is a hundredth of an inch, so that a chart as wide as a page (720) prints 7.2 inches wide with
letters of 8.6 points; PNG has 300 dots an inch, SVG and PDF take any width. Letters are set in Liberation Sans, which
the drawing library brings along: the same folder gives the same pictures on every machine, and nothing is fetched.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectrum.errors import ConfigError, RunFolderError
from spectrum.report.blocks import Block, Figure, Fold, Page, Row, Table
from spectrum.report.charts import WIDTH
from spectrum.report.pages import page_of
from spectrum.report.table_texts import cell_text, latex_table, markdown_table, markdown_text
from spectrum.report.theme import LIGHT, chart_config
from spectrum.runs.durable import write_durably

PICTURES = ("png", "svg", "pdf")
FORMATS = (*PICTURES, "csv", "tex", "md")
USUAL = ("png", "svg", "csv", "tex", "md")
DPI = 300
_PIXELS_AN_INCH = 100
_SQUARE = 0.84
"""Height by width of a square chart, as on the page."""
_PANEL_AXIS, _PANEL_GAP = 62, 14
"""Pixels beside panels that stand side by side, and between them."""
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of a folder, and what could not be."""

    folder: Path
    files: tuple[Path, ...]
    problems: tuple[str, ...]
    """What is missing in the result folder or could not be drawn, a sentence each."""
    undrawn: int
    """Figures that are in the result and could not be drawn."""


def write_figures(
    folder: Path,
    out: Path | None = None,
    *,
    only: Sequence[str] = (),
    formats: Sequence[str] = USUAL,
    background: str = "white",
) -> Written:
    """Write every figure and table of a result folder, or `only` those named, into `out` (default: FOLDER/figures).

    A figure gives NAME.png, .svg, .pdf and NAME.csv (the drawn numbers), a table NAME.csv, .tex and .md, as far as
    `formats` asks for them; captions.md has what each shows in words. What is damaged or missing is said in the result
    and the rest is written. Raises RunFolderError where there is no such folder or `out` cannot be written,
    ConfigError for names that are not there.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise ConfigError(f"there is no format {', '.join(unknown) or 'given'}; choose of: {', '.join(FORMATS)}")
    page = page_of(folder)
    things = _chosen(named_blocks(page), only)
    target = folder / "figures" if out is None else out
    if out is None and target.is_symlink():
        raise RunFolderError(f"{target} is a link to elsewhere; choose a folder with --out")
    files: list[Path] = []
    captions: list[str] = []
    problems, undrawn = list(page.problems), 0
    for name, thing in things:
        try:
            contents = _figure(thing, formats, background) if isinstance(thing, Figure) else _table(thing, formats)
        except ValueError as error:
            # The drawing library's only error. One chart that it cannot draw must not cost the others.
            problems.append(f"{name} could not be drawn ({(str(error).splitlines() or ['no reason given'])[0]}).")
            undrawn += 1
            continue
        for suffix, content in contents.items():
            files.append(target / f"{name}.{suffix}")
            _write(files[-1], content)
        captions.append(_caption(name, thing))
    if captions:
        files.append(target / "captions.md")
        _write(files[-1], "\n".join(captions).encode())
    return Written(target, tuple(files), tuple(problems), undrawn)


def named_blocks(page: Page) -> list[tuple[str, Figure | Table]]:
    """Every figure and table of a page under a file name of its own: letters, digits and hyphens.

    A figure has the name it was given; a table that of its section, and of the fold it stands in, after "table".
    """
    taken: set[str] = set()
    found: list[tuple[str, Figure | Table]] = []
    for section in page.sections:
        for place, block in _walk(section.blocks, section.name.removesuffix("-section")):
            wanted = _slug(block.name if isinstance(block, Figure) else f"table {place}")
            name, further = wanted, 2
            while name in taken:
                name, further = f"{wanted}-{further}", further + 1
            taken.add(name)
            found.append((name, block))
    return found


def picture(figure: Figure, suffix: str, background: str = "white") -> bytes:
    """A figure as "png" (300 dots an inch), "svg" or "pdf", light theme. Raises ValueError where it cannot be drawn."""
    import vl_convert

    config = chart_config(LIGHT, _FONT) | {"background": None if background == "transparent" else background}
    spec = _sized(figure.spec)
    if suffix == "png":
        return bytes(
            vl_convert.vegalite_to_png(spec, config=config, ppi=DPI, scale=72 / _PIXELS_AN_INCH, allowed_base_urls=[])
        )
    if suffix == "svg":
        return str(vl_convert.vegalite_to_svg(spec, config=config, allowed_base_urls=[])).encode()
    return bytes(vl_convert.vegalite_to_pdf(spec, config=config, allowed_base_urls=[]))


def csv_text(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Comma-separated text with a line of heads. Texts that a spreadsheet would run as a formula are quoted with '."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([cell_text(head) for head in heads])
    writer.writerows([cell_text(cell) for cell in row] for row in rows)
    return file.getvalue()


def _figure(figure: Figure, formats: Sequence[str], background: str) -> dict[str, bytes]:
    contents = {suffix: picture(figure, suffix, background) for suffix in PICTURES if suffix in formats}
    if "csv" in formats:
        heads = _heads(figure.numbers)
        contents["csv"] = csv_text(heads, [[row.get(head) for head in heads] for row in figure.numbers]).encode()
    return contents


def _table(table: Table, formats: Sequence[str]) -> dict[str, bytes]:
    contents = {}
    if "csv" in formats:
        contents["csv"] = csv_text([column.head for column in table.columns], table.rows).encode()
    if "tex" in formats:
        contents["tex"] = latex_table(table).encode()
    if "md" in formats:
        contents["md"] = markdown_table(table).encode()
    return contents


def _caption(name: str, thing: Figure | Table) -> str:
    said = [thing.title + "." if isinstance(thing, Figure) else "", thing.caption]
    lines = [f"## {name}", "", markdown_text(" ".join(filter(None, said)) or "No caption.")]
    if isinstance(thing, Figure):
        lines += ["", "In words: " + markdown_text(thing.alt)]
    return "\n".join(lines) + "\n"


def _heads(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _sized(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification at its full width, as the page fits it to a wide screen."""
    sized = {name: part for name, part in spec.items() if name != "usermeta"}
    size = spec.get("usermeta", {})
    width = size.get("width")
    if width:
        sized["width"] = width
        if size.get("square"):
            sized["height"] = round(_SQUARE * width)
        kind = "fit" if size.get("square") or not sized.get("height") else "fit-x"
        sized["autosize"] = {"type": kind, "contains": "padding"}
    if size.get("panel"):
        columns = max(1, min(size["most"], (WIDTH - _PANEL_AXIS) // (size["panel"] + _PANEL_GAP)))
        side = min(2 * size["panel"], (WIDTH - _PANEL_AXIS) // columns - _PANEL_GAP)
        sized["columns"] = columns
        sized["spec"] = {**sized["spec"], "width": side, **({"height": side} if size.get("square") else {})}
    return sized


def _walk(blocks: Sequence[Block], place: str) -> Iterator[tuple[str, Figure | Table]]:
    for block in blocks:
        if isinstance(block, Fold):
            yield from _walk(block.blocks, f"{place} {block.title}")
        elif isinstance(block, Figure | Table):
            yield place, block


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_NAME].rstrip("-") or "unnamed"


def _chosen(things: list[tuple[str, Figure | Table]], only: Sequence[str]) -> list[tuple[str, Figure | Table]]:
    names = [name for name, _ in things]
    unknown = [name for name in only if name not in names]
    if unknown:
        raise ConfigError(
            f"there is no figure or table {', '.join(unknown)} here; there are: {', '.join(names) or 'none'}"
        )
    return [thing for thing in things if not only or thing[0] in only]


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"{path.parent} cannot be made ({error.strerror}); choose another --out") from error
    write_durably(path, content)
