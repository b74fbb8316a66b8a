"""Options of a bench about its checks: the null ladder, and which answers are written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.shared import together

if TYPE_CHECKING:
    from spectrum.bench.arms import Ladder
    from spectrum.respondents.base import Respondent

LADDER_CLIPS, LADDER_CLIPS_QUICK = 40, 20
WRITTEN_CLIPS = 20


check_options = together(
    click.option(
        "--null-ladder",
        "rungs",
        default="blank,permuted",
        show_default=True,
        metavar="RUNGS",
        help="What to ask without the clip's own pictures: blank frames, pictures of other clips (permuted), the "
        "respondent's own descriptions (caption), text painted over (masked).",
    ),
    click.option("--no-null-ladder", is_flag=True, help="Do not check that the answers come from the pictures."),
    click.option(
        "--ladder-clips",
        type=click.IntRange(min=1),
        help=f"Clips a value on blank frames, half as many on other rungs. Default: {LADDER_CLIPS}, with --quick "
        f"{LADDER_CLIPS_QUICK}.",
    ),
    click.option(
        "--written",
        type=click.Choice(["auto", "all", "subset", "none"]),
        default="auto",
        show_default=True,
        help="Which answers are written out: all, or a keyed subset that corrects option probabilities of the rest. "
        "auto: all, unless the respondent says that writing costs extra.",
    ),
    click.option(
        "--written-clips",
        type=click.IntRange(min=WRITTEN_CLIPS),
        default=WRITTEN_CLIPS,
        show_default=True,
        help="Clips a value (and as many controls) that --written subset has written answers for.",
    ),
)
"""The options of a CheckChoice; a command takes them in its `**settings`."""


@dataclass(frozen=True, slots=True)
class CheckChoice:
    """The check options of one call."""

    ladder: "Ladder | None"
    written: str
    written_clips: int

    @classmethod
    def taken_from(cls, settings: dict[str, Any], *, quick: bool) -> "CheckChoice":
        """Take them out of a command's settings. Raises ConfigError for a rung that is none."""
        from spectrum.bench.arms import Ladder, parse_rungs

        rungs, off = settings.pop("rungs"), settings.pop("no_null_ladder")
        clips = settings.pop("ladder_clips") or (LADDER_CLIPS_QUICK if quick else LADDER_CLIPS)
        ladder = None if off else Ladder(parse_rungs(rungs), clips)
        return cls(ladder, settings.pop("written"), settings.pop("written_clips"))

    def write_a_value(self, respondent: "Respondent | None") -> int | None:
        """What plan_bench takes: None for all written, 0 for none, else clips a value.

        Raises ConfigError where the respondent cannot give option probabilities without writing; None stands for
        one that is not opened.
        """
        from spectrum.errors import ConfigError
        from spectrum.respondents.base import scores_alone, writing_costs

        written = self.written
        if written == "auto":
            dear = respondent is not None and scores_alone(respondent) and writing_costs(respondent)
            written = "subset" if dear else "all"
        if written == "all":
            return None
        if respondent is not None and not scores_alone(respondent):
            raise ConfigError(
                f"{respondent.name} gives no option probabilities without writing, so that --written {written} saves "
                "nothing; leave it out"
            )
        return self.written_clips if written == "subset" else 0

    @property
    def config(self) -> dict[str, Any]:
        """What of it goes into the manifest."""
        return {
            "null_ladder": [] if self.ladder is None else [str(rung) for rung in self.ladder.rungs],
            "ladder_clips": None if self.ladder is None else self.ladder.clips_a_value,
            "written": self.written,
            "written_clips": self.written_clips,
        }
