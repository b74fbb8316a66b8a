"""A Page as one self-contained HTML file: no network, everything escaped, scripts allowed by hash alone."""

import base64
import functools
import hashlib
import json
import math
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spectrum.report.blocks import Page
from spectrum.report.theme import DARK, LIGHT, chart_config, css_variables

_STATIC = resources.files("spectrum.report") / "static"


@dataclass(frozen=True, slots=True)
class Document:
    """A page's text, and the Content-Security-Policy that it carries."""

    text: str
    policy: str


def page_html(page: Page, *, style: str = "", script: str = "") -> str:
    """The page's text, UTF-8, self-contained. `style` and `script` are further trusted CSS and JavaScript of ours.

    Without figures the plotting library is left out.
    """
    return page_document(page, style=style, script=script).text


def page_document(page: Page, *, style: str = "", script: str = "", home: str = "") -> Document:
    """As `page_html`, with its policy. `home`: an address that the bar leads back to, for pages that are served."""
    scripts = [asset("page.js")]
    if script:
        scripts.append(script)
    if page.figures():
        scripts = [plotting_library(), *scripts]
    return document("page.html.j2", scripts, style=style, page=page, home=home)


def document(template: str, scripts: list[str], *, style: str = "", connects: bool = False, **context: Any) -> Document:
    """A template of ours drawn in the pages' one design; `connects` lets its scripts ask the server it came from."""
    policy = security_policy(scripts, connects=connects)
    text = (
        environment()
        .get_template(template)
        .render(
            style=Markup(_style() + style),
            scripts=[Markup(text) for text in scripts],
            policy=policy,
            themes=embedded_json({"light": chart_config(LIGHT), "dark": chart_config(DARK)}),
            **context,
        )
    )
    # A damaged text may hold half of a surrogate pair, which no file can.
    return Document(text.encode("utf-8", "replace").decode() + "\n", policy)


def environment() -> Environment:
    """The templates of reports; every expression is escaped, and a name that is not given is an error."""
    made = Environment(
        loader=PackageLoader("spectrum.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["embedded_json"] = embedded_json
    made.filters["bytes"] = bytes_text
    return made


def bytes_text(size: int) -> str:
    """A size as people read it: "640 bytes", "1.2 MB"."""
    amount, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.{0 if unit == 'bytes' or amount >= 9.95 else 1}f} {unit}"


def security_policy(scripts: list[str], *, connects: bool = False) -> str:
    """Content-Security-Policy: these scripts and no other, inline styles and pictures, no request to anywhere.

    `connects`: but to the server that the page came from.

    Vega compiles its own expressions, which is what 'unsafe-eval' is for; it lets no other script in.
    """
    hashes = " ".join(f"'sha256-{_sha256(text)}'" for text in scripts)
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {hashes} 'unsafe-eval'"
    return policy + "; connect-src 'self'" if connects else policy


def embedded_json(thing: object) -> Markup:
    """JSON that can stand inside a script element whatever it holds: no "<", ">" or "&" is left in it."""
    try:
        text = json.dumps(thing, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:  # a damaged table may hold any number
        text = json.dumps(_finite(thing), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "&<>\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _finite(thing: object) -> object:
    """The same with null for what is no number of JSON."""
    if isinstance(thing, dict):
        return {key: _finite(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_finite(value) for value in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


@functools.cache
def plotting_library() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script, as vl-convert ships them."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _style() -> str:
    themes = (
        f":root {{ color-scheme: light dark; {css_variables(LIGHT)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{ {css_variables(DARK)} }} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {css_variables(DARK)} }}\n"
        ":root[data-theme=light] { color-scheme: light; }\n"
    )
    return themes + asset("page.css")


@functools.cache
def asset(name: str) -> str:
    """The text of a script or style of ours."""
    return (_STATIC / name).read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    # What the browser hashes is the element's text, as it stands in the file.
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
