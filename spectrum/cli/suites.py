"""Where a bench's clips come from: a frozen file, or an index and a lexicon now. Shared by three commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spectrum.cli.shared import embedder_option, index_embedder, view_options, view_spec

if TYPE_CHECKING:
    from spectrum.suite import Suite

Command = TypeVar("Command", bound=Callable[..., Any])

PER_VALUE, PER_VALUE_QUICK = 100, 40
VIEW_OPTIONS = ("frames", "long_side", "media")
SUITE_OPTIONS = ("per_value", "embedder", "lexicon", "labels", "controls", *VIEW_OPTIONS)


@dataclass(frozen=True, slots=True)
class SuiteChoice:
    """The suite options of one call, as given."""

    index_url: str | None
    embedder: str | None
    lexicon: Path | None
    labels: str
    rule: str
    per_value: int
    controls: int | None
    frames: int
    long_side: int
    media: str
    seed: int

    @classmethod
    def taken_from(
        cls, settings: dict[str, Any], index_url: str | None, *, protocol: str, quick: bool, seed: int
    ) -> "SuiteChoice":
        """Take the suite options out of a command's settings; `quick` decides over clips a value where none is said."""
        per_value = settings.pop("per_value") or (PER_VALUE_QUICK if quick else PER_VALUE)
        names = ("embedder", "lexicon", "labels", "controls", "frames", "long_side", "media")
        return cls(
            index_url, rule=protocol, per_value=per_value, seed=seed, **{name: settings.pop(name) for name in names}
        )

    def make(self) -> "Suite":
        """Make the suite from the index; the index is read once and closed. An embedder is loaded only if needed."""
        from spectrum.errors import ConfigError
        from spectrum.lexicon import load_lexicon
        from spectrum.suite import make_suite, read_catalogue
        from video_index.store import open_index

        if self.index_url is None:
            raise ConfigError("name the clips: --index PLACE, or --items FILE from spectrum freeze")
        with open_index(self.index_url) as index:
            catalogue = read_catalogue(index)
        told = sum("values" in clip.extra for clip in catalogue.clips)
        needed = self.labels != "sidecar" and (
            self.labels == "retrieval" or self.rule == "paper" or told < len(catalogue.clips)
        )
        return make_suite(
            catalogue,
            index_embedder(self.embedder, self.index_url) if needed else None,
            load_lexicon(self.lexicon),
            per_value=self.per_value,
            controls_per_value=self.controls,
            labels=self.labels,  # type: ignore[arg-type]
            rule=self.rule,  # type: ignore[arg-type]
            seed=self.seed,
            view=view_spec(self.frames, self.long_side, self.media),
        )


def given_options(names: Sequence[str]) -> list[str]:
    """Which of these options the current command line names, as they are typed."""
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    return [f"--{name.replace('_', '-')}" for name in names if context.get_parameter_source(name) is typed]


def suite_options(command: Command) -> Command:
    """The options of a SuiteChoice, less --index and --seed; a command takes them in its `**settings`."""
    for option in (
        embedder_option("Default: the one the index was made with. Not needed where every clip has sidecar truth."),
        click.option(
            "--lexicon",
            type=click.Path(path_type=Path),
            help="YAML or CSV of phrases that evoke a value. Default: the one that is shipped.",
        ),
        click.option(
            "--labels",
            type=click.Choice(["auto", "retrieval", "sidecar"]),
            default="auto",
            show_default=True,
            help="Where label probabilities come from: sidecar truth where there is some, else retrieval.",
        ),
        click.option(
            "--per-value",
            type=click.IntRange(min=1),
            help=f"Clips a value. Default: {PER_VALUE}, with --quick {PER_VALUE_QUICK}.",
        ),
        click.option(
            "--controls", type=click.IntRange(min=0), help="Control clips a value. Default: as many as its set holds."
        ),
        view_options,
    ):
        command = option(command)
    return command
