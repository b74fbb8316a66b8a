"""The respondent and the personas it plays: their options, and opening them. Shared by all commands that ask."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.shared import both_prices, together

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from personas.persona import Persona
    from spectrum.prompts import Condition
    from spectrum.questions import Question
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Suite

_POCKET = "pocket"


def _temperature(ctx: click.Context, param: click.Parameter, value: str) -> float | None:
    """A number of 0 or more, or `provider`: None, so that none is sent and the provider's own holds."""
    if value == "provider":
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise click.BadParameter(f"{value!r} is neither a number of 0 or more nor 'provider'", ctx, param)
    return number


respondent_options = together(
    click.option("--device-map", default="auto", show_default=True, help="hf: where the weights go."),
    click.option("--dtype", default="auto", show_default=True, help="hf: type of the weights, such as bfloat16."),
    click.option("--revision", help="hf: commit, tag or branch on the hub."),
    click.option(
        "--batch-size",
        type=click.IntRange(min=1),
        help="hf: asks continued together. Default: as the engine finds best.",
    ),
    click.option(
        "--clip-first", is_flag=True, help="hf: pictures before every word, which personas then share (docs/engine.md)."
    ),
    click.option(
        "--copies", type=click.IntRange(min=1), help="hf: copies of the weights. Default: one a GPU where it fits."
    ),
    click.option(
        "--think-budget",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Tokens of thinking before an answer.",
    ),
    click.option("--trust-remote-code", is_flag=True, help="hf: run Python code that comes with the checkpoint."),
    click.option("--pickled-weights", is_flag=True, help="hf: load weights that are not safetensors (may run code)."),
    click.option(
        "--temperature",
        callback=_temperature,
        metavar="NUMBER",
        default="0.0",
        show_default=True,
        help="API: sampling temperature; 'provider' sends none, for models that refuse the setting.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(min=1),
        default=64,
        show_default=True,
        help="API: requests at once, at most; begins with 8, fewer on 429.",
    ),
    click.option(
        "--max-retries",
        type=click.IntRange(min=0),
        default=8,
        show_default=True,
        help="API: further tries of a request that failed in passing.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0, min_open=True),
        default=120.0,
        show_default=True,
        help="API: seconds without a byte after which a request counts as failed.",
    ),
    click.option(
        "--logprobs/--no-logprobs", default=None, help="API: ask for option probabilities. Default: if known."
    ),
    click.option(
        "--media-ids", is_flag=True, help="API: send an id with each picture; vLLM takes it (docs/served.md)."
    ),
    click.option(
        "--price-in",
        type=click.FloatRange(min=0),
        help="API: USD per million tokens sent; for --budget, --dry-run and the cost so far.",
    ),
    click.option("--price-out", type=click.FloatRange(min=0), help="API: USD per million tokens written."),
    click.option(
        "--budget",
        "budget_usd",
        type=click.FloatRange(min=0),
        help="API: stop, with all stored, before the run folder has cost more USD, earlier starts counted.",
    ),
    click.option("--budget-tokens", type=click.IntRange(min=1), help="API: the same in tokens."),
    click.option("--budget-calls", type=click.IntRange(min=1), help="API: the same in calls."),
    click.option("--deterministic", is_flag=True, help="hf: fixed batches, so that a CPU gives the same bytes again."),
)
"""Every field of RespondentOptions as an option; the command takes them in its `**settings`."""

persona_options = together(
    click.option(
        "--persona",
        "persona_names",
        multiple=True,
        metavar="NAME",
        help="A persona of the library (spectrum personas), FILE, or FILE#ID; may be repeated.",
    ),
    click.option(
        "--strategy",
        type=click.Choice(["simple", "profile"]),
        default="simple",
        show_default=True,
        help="Tell the persona's traits, or its target as numbers; spectrum adhere has more.",
    ),
    click.option(
        "--placement",
        type=click.Choice(["system", "after_media"]),
        default="system",
        show_default=True,
        help="Where the persona stands: the system turn, or after the pictures.",
    ),
    click.option("--neutral/--no-neutral", default=True, help="Ask without a persona too. Default: --neutral."),
)
"""`--persona`, `--strategy`, `--placement`, `--neutral/--no-neutral`."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The conditions of a run: neutral and personas, with what a strategy adds."""

    personas: "tuple[Persona, ...]"
    conditions: "tuple[Condition, ...]"
    own_questions: "dict[str, Question]"


def cast_of(names: tuple[str, ...], strategy: str, placement: str, neutral: bool) -> Cast:
    """Resolve personas into conditions. Raises PersonaError, or ConfigError where nothing is left to ask under."""
    from personas.library import resolve
    from personas.strategies import open_strategy
    from spectrum.errors import ConfigError
    from spectrum.prompts import NEUTRAL

    chosen = tuple(resolve(names))
    if not chosen and not neutral:
        raise ConfigError("--no-neutral leaves nothing to ask under; name a --persona")
    how = open_strategy(strategy, placement)  # type: ignore[arg-type]
    conditions = [NEUTRAL] if neutral else []
    conditions += [how.condition(persona) for persona in chosen]
    questions = {persona.id: how.question(persona) for persona in chosen}
    return Cast(
        chosen, tuple(conditions), {name: question for name, question in questions.items() if question is not None}
    )


def open_for(spec: str, settings: dict[str, Any], suite: "Suite", personas: "tuple[Persona, ...]") -> "Respondent":
    """Open the respondent; a planted one learns the clips' truth and the personas' targets as arrays.

    `pocket` is the checkpoint that comes with the package: but for its name, an `hf:` folder like any other. Raises
    ConfigError where one price of tokens is given without the other.
    """
    import numpy as np

    from spectrum.pocket.shipped import checkpoint_folder
    from spectrum.respondents.registry import RespondentOptions, open_respondent
    from spectrum.values import SCHWARTZ

    both_prices(settings["price_in"], settings["price_out"])
    name = None
    if spec == _POCKET:
        spec, name = f"hf:{checkpoint_folder()}", _POCKET
    world = None
    if spec.startswith("planted:"):
        from spectrum.respondents.planted import PlantedWorld

        world = PlantedWorld(
            clip_ids=tuple(member.clip.clip_id for member in suite.clips),
            labels=best_known(suite),
            codes=suite.codes,
            names=SCHWARTZ.names,
            targets={persona.id: np.array(persona.target) for persona in personas if persona.target is not None},
        )
    return open_respondent(spec, RespondentOptions(**settings), world, name=name)


def require_possible(spec: str, settings: dict[str, Any], suite: "Suite", personas: "tuple[Persona, ...]") -> None:
    """For a dry run: raise what opening the respondent would, as far as that shows without loading a model."""
    from spectrum.respondents.registry import check_spec

    both_prices(settings["price_in"], settings["price_out"])
    if spec.startswith("planted:"):
        open_for(spec, settings, suite, personas).close()
    elif spec != _POCKET:
        check_spec(spec)


def best_known(suite: "Suite") -> "NDArray[np.float64]":
    """Labels of the suite's clips, shape (clips, values): sidecar truth where there is some, whatever the bench uses.

    A planted respondent that answered from the very labels it is analysed by would hide their errors.
    """
    import numpy as np

    from spectrum.labels import labels_from_sidecars

    labels = np.array([member.labels for member in suite.clips], dtype=np.float64)
    truth = labels_from_sidecars([member.clip for member in suite.clips])
    row_of = {member.clip.clip_id: row for row, member in enumerate(suite.clips)}
    for clip_id, known in zip(truth.clip_ids, truth.probabilities, strict=True):
        labels[row_of[clip_id]] = known
    return labels
