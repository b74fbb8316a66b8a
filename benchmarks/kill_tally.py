"""What the moments of a kill campaign came to: counted, kept in a file so that it can go on, told as a table."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

HEADS = (
    "command",
    "moments",
    "nothing stored yet",
    "part",
    "all",
    "lost",
    "stored twice",
    "asked again",
    "unequal ends",
)


@dataclass(slots=True)
class Tally:
    """What the moments of one command came to, or of one run of it."""

    moments: int = 0
    stood: Counter[str] = field(default_factory=Counter)
    """Moments by what was stored: nothing, part, all."""
    again: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether every run ended as it should."""
        return not (self.lost or self.twice or self.unequal)

    def add(self, other: "Tally") -> None:
        """Count another run's."""
        self.moments += other.moments
        self.stood += other.stood
        self.again += other.again
        self.lost += other.lost
        self.twice += other.twice
        self.unequal += other.unequal

    def row(self, name: str) -> str:
        """The line of a Markdown table under `heads`."""
        cells = (name, self.moments, self.stood["nothing"], self.stood["part"], self.stood["all"], len(self.lost),
                 len(self.twice), self.again, len(self.unequal))  # fmt: skip
        return f"| {' | '.join(map(str, cells))} |"


def heads() -> str:
    """The first two lines of the table."""
    return f"| {' | '.join(HEADS)} |\n|{' --- |' * len(HEADS)}"


class Record:
    """Runs that were judged, a line of JSON each; a campaign that was stopped goes on behind the last one."""

    def __init__(self, path: Path | None, seed: int) -> None:
        """None keeps nothing. Lines of other seeds stay in the file and are not counted."""
        self._path, self._seed = path, seed

    def judged(self, name: str) -> list[Tally]:
        """The runs of a command so far, in their order."""
        if self._path is None or not self._path.exists():
            return []
        found = []
        for line in self._path.read_text().splitlines():
            kept = json.loads(line)
            if (kept.pop("command"), kept.pop("seed")) == (name, self._seed):
                found.append(Tally(**kept | {"stood": Counter(kept["stood"])}))
        return found

    def add(self, name: str, run: Tally) -> None:
        """Keep one run."""
        if self._path is not None:
            with self._path.open("a") as file:
                kept = asdict(replace(run, stood=dict(run.stood)))  # type: ignore[arg-type]  # asdict breaks a Counter
                file.write(json.dumps({"command": name, "seed": self._seed, **kept}) + "\n")
