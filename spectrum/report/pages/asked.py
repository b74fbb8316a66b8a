"""The last parts of every page: exactly what was asked, and the configuration behind it."""

import json
from itertools import groupby

from spectrum.report.blocks import Block, Code, Fold, Prompt, Prompts, Section, Text
from spectrum.report.evidence import shortened
from spectrum.report.result_folder import Row
from spectrum.runs.manifest import RunManifest

MOST = 120
"""Prompts of one condition that are listed."""


def asked(prompts: list[Row], manifest: RunManifest | None) -> Section:
    """Exact prompts by condition, notes on the clips, and the manifest with versions and hashes."""
    blocks: list[Block] = []
    for condition, rows in groupby(prompts, key=lambda row: str(row["condition"])):
        listed = list(rows)
        inside: list[Block] = [Prompts(tuple(_prompt(row) for row in listed[:MOST]))]
        if len(listed) > MOST:
            inside.append(Text((f"{len(listed) - MOST} further prompts of this condition are in plan.parquet.",), True))
        blocks.append(Fold(f"Exact prompts, {condition} ({len(listed)})", tuple(inside)))
    if not prompts:
        blocks.append(Text(("No plan was found, so the questions cannot be shown.",)))
    if manifest is not None:
        if manifest.deviations:
            notes = Text(tuple(manifest.deviations))
            blocks.append(
                Fold(f"Notes on the clips: short sets, unmatched controls ({len(notes.paragraphs)})", (notes,))
            )
        text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
        told = Text((f"Manifest {manifest.manifest_hash}",), soft=True)
        blocks.append(Fold("Configuration, versions and hashes", (told, Code(shortened(text, 200_000)))))
    return Section("asked", "How it was asked", tuple(blocks), folded=True)


def _prompt(row: Row) -> Prompt:
    return Prompt(
        name=f"{row['construct']}, {row['wording']}, {str(row['form']).replace('_', ' ')}",
        system=shortened(row["system"] or ""),
        before_media=shortened(row["before_media"] or ""),
        after_media=shortened(row["after_media"] or ""),
        options=row["options"] or "free text",
    )
