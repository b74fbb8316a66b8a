"""What `spectrum index` says of a source before it touches a clip: columns read and not read, values that are none."""

from pathlib import Path

import click


def tell_of_source(source: Path) -> None:
    """Say on standard error which columns of a manifest are read, and whose named values no suite will take.

    Raises ClipSourceError where the source cannot be read.
    """
    from video_index.manifests import MANIFEST_SUFFIXES

    if source.suffix.lower() in MANIFEST_SUFFIXES and source.is_file():
        _tell_columns(source)
    _tell_values(source)


def _tell_columns(manifest: Path) -> None:
    from itertools import islice

    from video_index.manifests import LOOKED_AT, path_column, read_rows
    from video_index.metadata import sorted_columns

    rows = [row for _, row in islice(read_rows(manifest), LOOKED_AT)]
    if not rows:
        return  # the ingest says so
    files = path_column(manifest, rows)
    read, unknown = sorted_columns(dict.fromkeys(name for row in rows for name in row if name != files))
    told = [column if column.lower() == what else f"{column} (as {what})" for column, what in read.items()]
    parts = [f"{manifest.name}: files are named by {files}"]
    parts.append(f"read: {', '.join(told)}" if told else "no other column is read")
    if unknown:
        parts.append(f"not known, kept as text and used for nothing: {', '.join(unknown)} (docs/ingest.md)")
    click.echo("; ".join(parts), err=True)


def _tell_values(source: Path) -> None:
    from spectrum.errors import ConfigError
    from spectrum.values import parse_values
    from video_index.sources import scan

    wrong = []
    for item in scan(source):
        try:
            parse_values(item.metadata.extra.get("values"))
        except ConfigError as error:
            wrong.append(f"{item.locator}: {error}")
    if wrong:
        more = f" ({len(wrong) - 1} more clips like it)" if len(wrong) > 1 else ""
        click.echo(
            f"warning: values of {wrong[0]}{more}; no suite is made of an index with such values: mend them and run "
            "the same command again",
            err=True,
        )
