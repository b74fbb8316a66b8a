"""Where a run's clips come from: a frozen file, or an index and a lexicon now. Shared by all commands that ask."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.shared import (
    Command,
    embedder_option,
    index_embedder,
    read_index,
    together,
    view_options,
    view_spec,
)

if TYPE_CHECKING:
    from spectrum.suite import Suite

VIEW_OPTIONS = ("frames", "long_side", "media")
SUITE_OPTIONS = ("per_value", "embedder", "lexicon", "labels", "controls", *VIEW_OPTIONS)


@dataclass(frozen=True, slots=True)
class SuiteSize:
    """How many clips a command takes where the user does not say."""

    per_value: int
    quick: int | None = None
    """Clips a value with --quick; None where the command has no such option."""
    controls: int | None = None
    """Control clips a value; None: as many as the value's set holds."""

    def quick_option(self, what: str) -> Callable[[Command], Command]:
        """`--quick`; `what` says what such a run is."""
        return click.option("--quick", is_flag=True, help=f"{self.quick} clips a value, not {self.per_value}: {what}.")

    def taken(self, quick: bool) -> int:
        """Clips a value, with or without --quick."""
        return self.quick if quick and self.quick is not None else self.per_value


BENCH_SIZE = SuiteSize(100, quick=40)


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
        cls,
        settings: dict[str, Any],
        index_url: str | None,
        size: SuiteSize,
        *,
        seed: int,
        protocol: str = "balanced",
        quick: bool = False,
    ) -> "SuiteChoice":
        """Take the suite options out of a command's settings; `size` decides where no number is given."""
        per_value = settings.pop("per_value") or size.taken(quick)
        controls = settings.pop("controls")
        names = ("embedder", "lexicon", "labels", *VIEW_OPTIONS)
        return cls(
            index_url,
            rule=protocol,
            per_value=per_value,
            controls=size.controls if controls is None else controls,
            seed=seed,
            **{name: settings.pop(name) for name in names},
        )

    def make(self) -> "Suite":
        """Make the suite from the index; the index is read once and closed. An embedder is loaded only if needed."""
        from spectrum.errors import ConfigError, NoSetError
        from spectrum.lexicon import load_lexicon
        from spectrum.suite import make_suite

        if self.index_url is None:
            raise ConfigError("name the clips: --index PLACE, or --items FILE from spectrum freeze")
        catalogue = read_index(self.index_url)
        told = sum("values" in clip.extra for clip in catalogue.clips)
        needed = self.labels != "sidecar" and (
            self.labels == "retrieval" or self.rule == "paper" or told < len(catalogue.clips)
        )
        try:
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
        except NoSetError as error:
            if self.lexicon is None and needed and (cure := _pocket_lexicon(catalogue.meta.embedder)) is not None:
                raise ConfigError(f"{error}. {cure}") from None
            raise


def _pocket_lexicon(embedder: str) -> str | None:
    """What to do where the pocket embedder, which knows few words, was searched with a lexicon of many."""
    from spectrum.pocket.shipped import embedder_folder, lexicon_path

    if embedder != f"local-dir:{embedder_folder().resolve()}":
        return None
    return (
        "The likely cause: the index was made with the pocket embedder, which knows few of the lexicon's words; "
        f"give --lexicon {lexicon_path()}"
    )


def given_options(names: Sequence[str]) -> list[str]:
    """Which of these options the current command line names, as they are typed."""
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    return [f"--{name.replace('_', '-')}" for name in names if context.get_parameter_source(name) is typed]


def suite_of(items: Path | None, choice: SuiteChoice, fixed: Sequence[str] = SUITE_OPTIONS) -> "Suite":
    """The frozen suite of `items`, or one made from the choice's index now.

    `fixed` are the options that a frozen file has already. Raises ConfigError where one of them is given too, and where
    both places or neither is named.
    """
    from spectrum.errors import ConfigError
    from spectrum.suite import load_suite

    if items is not None and choice.index_url is not None:
        raise ConfigError("--items and --index both name the clips; give one of them")
    if items is not None and (given := given_options(fixed)):
        raise ConfigError(f"{items} fixes {' and '.join(given)}; leave it out, or freeze another file with it")
    return load_suite(items) if items is not None else choice.make()


def items_or_index(place: str) -> tuple[Path | None, str | None]:
    """The two kinds of place that one word may name: a file is from spectrum freeze, anything else is an index."""
    return (Path(place), None) if Path(place).is_file() else (None, place)


def suite_options(size: SuiteSize) -> Callable[[Command], Command]:
    """The options of a SuiteChoice, less --index and --seed; a command takes them in its `**settings`."""
    quick = "" if size.quick is None else f", with --quick {size.quick}"
    controls = "as many as its set holds" if size.controls is None else size.controls
    return together(
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
            "--per-value", type=click.IntRange(min=1), help=f"Clips a value. Default: {size.per_value}{quick}."
        ),
        click.option("--controls", type=click.IntRange(min=0), help=f"Control clips a value. Default: {controls}."),
        view_options,
    )
