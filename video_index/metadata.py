"""What is known of a clip beside its pixels, from a manifest row, a yt-dlp sidecar or a plain sidecar."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

_EMPTY = {"", "na", "n/a", "nan", "null", "nat"}
_NAMES = {
    "platform": ("platform", "source_platform", "site"),
    "posted": ("posted", "date", "upload_date", "posted_at", "created_at", "create_time"),
    "title": ("title",),
    "tags": ("tags", "hashtags"),
    "url": ("url", "webpage_url", "link"),
    "creator": ("creator", "author", "uploader", "channel", "username"),
}
_VALUES = ("values", "schwartz_values")
_YT_DLP_EXTRA = (
    "id", "description", "duration", "view_count", "like_count", "comment_count", "repost_count",
    "channel_id", "uploader_id", "language", "track", "artist",
)  # fmt: skip
_DATE_FORMATS = (
    "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S",
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d.%m.%Y",
    "%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a clip; the same names as in Clip."""

    platform: str | None = None
    """In lower case (`tiktok`), so that a filter meets every spelling."""
    posted: str | None = None
    """ISO date, YYYY-MM-DD (UTC where a time of day was given)."""
    title: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None
    creator: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    """Everything else, as text; `values` holds sidecar truth as it came."""

    def filled_from(self, other: "Metadata") -> "Metadata":
        """This metadata, with what it lacks taken from `other`."""
        return Metadata(
            self.platform or other.platform,
            self.posted or other.posted,
            self.title or other.title,
            self.tags or other.tags,
            self.url or other.url,
            self.creator or other.creator,
            {**other.extra, **self.extra},
        )


def sorted_columns(names: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What `from_row` makes of a manifest's columns: column -> what it is read as, and those it does not know.

    Of two columns for one thing the first usual name is read; the other counts as not known.
    """
    by_lower = {name.strip().lower(): name.strip() for name in names}
    read = {}
    for attribute, spellings in (*_NAMES.items(), ("values", _VALUES)):
        column = next((by_lower[name] for name in spellings if name in by_lower), None)
        if column is not None:
            read[column] = attribute
    return read, tuple(column for column in by_lower.values() if column not in read)


def from_row(row: Mapping[str, Any]) -> Metadata:
    """Metadata from a manifest row or a plain sidecar, by the usual names; the rest goes to `extra` as text.

    Raises ValueError, in words for a person, where a date cannot be read.
    """
    cells = {str(name).strip(): value for name, value in row.items() if _text(value) is not None}
    by_lower = {name.lower(): name for name in cells}
    taken: dict[str, Any] = {}
    for attribute, spellings in _NAMES.items():
        found = next((by_lower[name] for name in spellings if name in by_lower), None)
        if found is not None:
            taken[attribute] = (found, cells.pop(found))
    extra = {name: text for name, value in cells.items() if (text := _text(value)) is not None}
    for name in list(extra):
        if name.lower() in _VALUES:
            extra["values"] = extra.pop(name)
    return Metadata(
        platform=_lower(taken),
        posted=_posted(*taken["posted"]) if "posted" in taken else None,
        title=_text(taken.get("title", ("", None))[1]),
        tags=parse_tags(taken["tags"][1]) if "tags" in taken else (),
        url=_text(taken.get("url", ("", None))[1]),
        creator=_text(taken.get("creator", ("", None))[1]),
        extra=extra,
    )


def from_sidecar(content: Mapping[str, Any]) -> Metadata:
    """Metadata from a JSON sidecar: yt-dlp's `.info.json`, video2dataset's `.json`, or a plain one.

    A date that cannot be read is kept in `extra["posted"]`: one odd sidecar must not stop a folder of thousands.
    """
    nested = content.get("yt_meta_dict")
    info = nested.get("info") if isinstance(nested, Mapping) else None
    if isinstance(info, Mapping):
        rest = {name: value for name, value in content.items() if name != "yt_meta_dict"}
        return from_sidecar(info).filled_from(from_sidecar(rest))
    if "extractor" in content or "extractor_key" in content:
        return _from_yt_dlp(content)
    try:
        return from_row(content)
    except ValueError:
        spellings = _NAMES["posted"]
        dated = {name: value for name, value in content.items() if name.lower() in spellings}
        undated = from_row({name: value for name, value in content.items() if name not in dated})
        kept = {"posted": str(next(iter(dated.values())))}
        return replace(undated, extra={**undated.extra, **kept})


def parse_date(value: object) -> str:
    """An ISO date from a date, an ISO or usual spelling, 20240731, or seconds or milliseconds since 1970.

    Orders that could be misread (03/04/2024) are refused. Raises ValueError.
    """
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    if re.fullmatch(r"\d{9,10}(\.\d+)?|\d{13}", text):
        seconds = float(text) / (1000 if len(text) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    if re.fullmatch(r"\d{8}\.0", text):  # a spreadsheet's 20240731.0
        text = text[:8]
    try:
        return parse_date(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError:
        pass
    for spelling in _DATE_FORMATS:
        try:
            return parse_date(datetime.strptime(text, spelling))
        except ValueError:
            continue
    raise ValueError(f"cannot read the date {text!r}; write YYYY-MM-DD")


def parse_tags(value: object) -> tuple[str, ...]:
    """Tags from a list, a JSON list, or text split at `;`, `,`, `|` or before `#`; order kept, none twice."""
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            value = str(value).strip(" []")
    if isinstance(value, list | tuple):
        parts = [str(part) for part in value if part is not None]
    else:
        parts = re.split(r"[;,|]|\s(?=#)", str(value))
    return tuple(dict.fromkeys(tag for part in parts if (tag := part.strip(" \t'\"").lstrip("#").strip())))


def _from_yt_dlp(info: Mapping[str, Any]) -> Metadata:
    source = _text(info.get("extractor_key")) or _text(info.get("extractor")) or ""
    extra = {name: text for name in _YT_DLP_EXTRA if (text := _text(info.get(name))) is not None}
    for name in _VALUES:
        if (values := _text(info.get(name))) is not None:
            extra["values"] = values
    posted = None
    for name in ("upload_date", "timestamp", "release_date"):
        if posted is None and (text := _text(info.get(name))) is not None:
            try:
                posted = parse_date(text)
            except ValueError:
                extra["posted"] = text
    return Metadata(
        platform=source.split(":")[0].lower() or None,
        posted=posted,
        title=_text(info.get("title")) or _text(info.get("fulltitle")),
        tags=parse_tags(info.get("tags") or []),
        url=_text(info.get("webpage_url")) or _text(info.get("original_url")),
        creator=_text(info.get("uploader")) or _text(info.get("channel")) or _text(info.get("creator")),
        extra=extra,
    )


def _lower(taken: Mapping[str, Any]) -> str | None:
    text = _text(taken["platform"][1]) if "platform" in taken else None
    return text.lower() if text else None


def _posted(column: str, value: object) -> str:
    try:
        return parse_date(value)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"column {column!r}: {error}") from None


def _text(value: object) -> str | None:
    """A cell as text; None where it is empty."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str) if value else None
    text = str(value).strip()
    return None if text.lower() in _EMPTY else text
