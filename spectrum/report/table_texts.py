"""A table as LaTeX, Markdown, and cells of CSV: whatever a cell holds, it stays a cell."""

import re
import unicodedata

from spectrum.report.blocks import Column, Table

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
}
_MARKDOWN = re.compile(r"[\\`*_|<>~$&#!\[\]]")
_NUMBERS = re.compile(r"\\\[([-+0-9., %]*)\\\](?![(:]|\\\[)")
_MINUS = re.compile(r"(?<![\w.-])-(?=[.\d])")
_LONG = 45
"""Rows that still fit on a page."""


def latex_table(table: Table) -> str:
    """A booktabs table of LaTeX; one that is longer than a page is a longtable. Every cell is escaped.

    Letters outside Latin need XeLaTeX or LuaLaTeX with a font that has them.
    """
    long = len(table.rows) > _LONG
    columns = "".join(_latex_column(column) for column in table.columns)
    caption = f"\\caption{{{latex_text(table.caption)}}}" if table.caption else ""
    heads = " & ".join(latex_text(column.head) for column in table.columns) + r" \\"
    rows = [" & ".join(_latex_cell(cell) for cell in row) + r" \\" for row in table.rows]
    needs = "% needs: \\usepackage{booktabs,textcomp}" + ("\n% and: \\usepackage{longtable}" if long else "")
    if long:
        top = [f"\\begin{{longtable}}{{{columns}}}", *([caption + r" \\"] if caption else [])]
        body = [r"\toprule", heads, r"\midrule", r"\endhead", *rows, r"\bottomrule", r"\end{longtable}"]
        return "\n".join([needs, *top, *body]) + "\n"
    top = [r"\begin{table}", r"\centering", *([caption] if caption else []), f"\\begin{{tabular}}{{{columns}}}"]
    body = [r"\toprule", heads, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join([needs, *top, *body]) + "\n"


def markdown_table(table: Table) -> str:
    """A table of GitHub-flavoured Markdown with its caption above it. Every cell is escaped."""
    lines = [markdown_text(table.caption), ""] if table.caption else []
    lines.append(_markdown_row([column.head for column in table.columns]))
    lines.append("| " + " | ".join("---" if column.align == "left" else "--:" for column in table.columns) + " |")
    lines += [_markdown_row(row) for row in table.rows]
    return "\n".join(lines) + "\n"


def latex_text(text: str) -> str:
    """Text as LaTeX shows it: signs of LaTeX escaped, minus signs set as such, line breaks and controls as blanks."""
    return _MINUS.sub("$-$", "".join(_LATEX.get(sign, sign) for sign in _one_line(text)))


def markdown_text(text: str) -> str:
    """Text as Markdown shows it; brackets around bare numbers, "[4, 14]", can be no link and stay as they are."""
    escaped = _MARKDOWN.sub(lambda found: "\\" + found.group(), _one_line(text))
    return _NUMBERS.sub(r"[\1]", escaped)


def cell_text(cell: object) -> object:
    """A cell for CSV: numbers as they are; a text that a spreadsheet would run as a formula gets a ' before it.

    Signed numbers in words ("+9 [4, 14]") are no formulas.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\x00", "")
    runs = text[:1] in ("=", "@", "\t", "\r") or (text[:1] in ("+", "-") and text[1:2].isalpha())
    return "'" + text if runs else text


def _latex_column(column: Column) -> str:
    if column.grows:
        return r"p{0.4\linewidth}"
    return "l" if column.align == "left" else "r"


def _latex_cell(text: str) -> str:
    # After the end of a row LaTeX would take a bracket or a star as its option.
    escaped = latex_text(text)
    return "{}" + escaped if escaped[:1] in ("[", "*") else escaped


def _markdown_row(cells: "tuple[str, ...] | list[str]") -> str:
    return "| " + " | ".join(markdown_text(cell) for cell in cells) + " |"


def _one_line(text: str) -> str:
    return " ".join(
        "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs") else sign for sign in text).split()
    )
