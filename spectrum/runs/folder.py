"""Where things lie in a run folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of one run. Creating this object touches nothing on disk."""

    root: Path

    @property
    def manifest(self) -> Path:
        """Configuration, versions and hashes, written before the first question."""
        return self.root / "manifest.json"

    @property
    def plan(self) -> Path:
        """One row an ask (tables.PLAN)."""
        return self.root / "plan.parquet"

    @property
    def clips(self) -> Path:
        """One row a clip (tables.CLIPS)."""
        return self.root / "clips.parquet"

    @property
    def answers(self) -> Path:
        """SQLite, append-only."""
        return self.root / "answers.sqlite"

    @property
    def tables(self) -> Path:
        """Metric tables, each as .parquet and .csv."""
        return self.root / "tables"

    @property
    def summary(self) -> Path:
        """Headline, verdicts and counts as JSON."""
        return self.root / "summary.json"

    @property
    def thumbnails(self) -> Path:
        """Small WebP pictures, `<clip_id>.webp`: the only media a run keeps."""
        return self.root / "thumbnails"

    @property
    def trace(self) -> Path:
        """Browse runs: one JSON record a slot."""
        return self.root / "trace.jsonl"

    @property
    def report(self) -> Path:
        """Self-contained HTML."""
        return self.root / "report.html"
