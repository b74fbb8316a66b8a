"""Colours of pages and figures: one list, light and dark, that colour-blind readers can tell apart.

Series colours are those of Okabe and Ito (2008), darkened or lightened until they stand out from the page by 3:1 or
more; a series also has a shape of its own, so that nothing is said by colour alone.
"""

from dataclasses import dataclass
from typing import Any

SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right", "triangle-left")
FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as hexadecimal RGB."""

    ink: str
    soft: str
    paper: str
    panel: str
    line: str
    green: str
    amber: str
    red: str
    series: tuple[str, ...]
    diverging: tuple[str, str, str]
    """Low, middle, high."""
    ramp: tuple[str, str]


LIGHT = Theme(
    ink="#1b1b1a",
    soft="#5c5c58",
    paper="#fdfdfb",
    panel="#f2f2ee",
    line="#d6d6d0",
    green="#00715a",
    amber="#855900",
    red="#b3261e",
    series=("#0072b2", "#b34700", "#00785a", "#9b4d7d", "#6b6b00", "#5b4fb0", "#8a5a2b", "#3d6a80"),
    diverging=("#b34700", "#f5f4ef", "#0072b2"),
    ramp=("#f2f2ee", "#00527f"),
)
DARK = Theme(
    ink="#ececea",
    soft="#b0b0aa",
    paper="#171716",
    panel="#232321",
    line="#3d3d39",
    green="#3cc9a0",
    amber="#f0c04b",
    red="#ff8a80",
    series=("#56b4e9", "#f0a04b", "#3cc9a0", "#d9a0c4", "#d8d24a", "#a99cf0", "#cfa37a", "#9cc3d5"),
    diverging=("#f0a04b", "#232321", "#56b4e9"),
    ramp=("#232321", "#8fd0f5"),
)


def chart_config(theme: Theme, font: str = FONT) -> dict[str, Any]:
    """Vega-Lite configuration of a theme: marks of style "ink", "soft", "zero" and "band" take these colours."""
    return {
        "background": None,
        "font": font,
        "view": {"stroke": None},
        "axis": {
            "translate": 0,  # half a pixel otherwise, so that a rule at 0 and the grid's line at 0 stand side by side
            "labelColor": theme.ink,
            "titleColor": theme.soft,
            "gridColor": theme.line,
            "domainColor": theme.line,
            "tickColor": theme.line,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 220,
        },
        "legend": {
            "labelColor": theme.ink,
            "titleColor": theme.soft,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
            "labelLimit": 260,
        },
        "header": {"labelColor": theme.ink, "titleColor": theme.soft, "labelFontSize": 12},
        "title": {"color": theme.ink, "subtitleColor": theme.soft, "fontSize": 13, "anchor": "start"},
        "mark": {"color": theme.series[0]},
        "text": {"color": theme.ink, "fontSize": 12},
        "range": {
            "category": list(theme.series),
            "symbol": list(SHAPES),
            "diverging": list(theme.diverging),
            "ramp": list(theme.ramp),
            "heatmap": list(theme.ramp),
        },
        "style": {
            "ink": {"color": theme.ink, "fill": theme.ink, "stroke": theme.ink},
            "ink-text": {"fill": theme.ink},
            "soft-text": {"fill": theme.soft},
            "zero": {"stroke": theme.soft, "color": theme.soft},
            "grid-line": {"stroke": theme.line, "color": theme.line},
            "band": {"color": theme.soft, "fill": theme.soft, "opacity": 0.18, "fillOpacity": 1, "strokeOpacity": 0},
            "paper-line": {"stroke": theme.paper},
            "paper-text": {"fill": theme.paper},
            "hollow": {"fill": theme.paper},
        },
    }


def css_variables(theme: Theme) -> str:
    """The theme as CSS custom properties."""
    pairs = {name: getattr(theme, name) for name in ("ink", "soft", "paper", "panel", "line", "green", "amber", "red")}
    pairs |= {f"s{place}": colour for place, colour in enumerate(theme.series)}
    return " ".join(f"--{name}: {colour};" for name, colour in pairs.items())
