"""What `spectrum browse` puts together before anything is asked: the design, the catalogue and its labels."""

from typing import TYPE_CHECKING, Any

from spectrum.cli.respondents import cast_of
from spectrum.cli.shared import index_embedder, read_index
from spectrum.cli.suites import SuiteChoice

if TYPE_CHECKING:
    from agents.catalogue import Catalogue
    from agents.designs import BrowseDesign
    from personas.persona import Persona
    from spectrum.labels import LabelTable
    from spectrum.prompts import Condition
    from spectrum.suite import Catalogue as Indexed
    from spectrum.suite import Suite


class AskedAs:
    """How a persona is put: strategy and placement."""

    def __init__(self, strategy: str, placement: str) -> None:
        self.strategy = strategy
        self.placement = placement

    def condition(self, name: str) -> "Condition":
        """The condition of one persona."""
        return cast_of((name,), self.strategy, self.placement, False).conditions[0]


def design_of(
    own: dict[str, Any],
    personas: "tuple[Persona, ...]",
    conditions: "tuple[Condition, ...]",
    neutral: bool,
    ask_as: AskedAs,
    seed: int,
) -> "BrowseDesign":
    """The design that the options ask for. Raises DesignError."""
    from agents.actions import parse_actions
    from agents.designs import DEFAULT_DESIGN, BrowseDesign, parse_design
    from agents.episode import PAPER_PHASES, EpisodeSpec
    from agents.watch import watch_model

    paper = own["preset"] == "paper"
    spec = EpisodeSpec(
        slots=sum(phase.feed_slots for phase in PAPER_PHASES) if paper else own["slots"],
        probe_every=0 if paper else own["probe_every"],
        seed=seed,
        again_after=own["again_after"],
        phases=PAPER_PHASES if paper else (),
        memory_words=own["memory"],
    )
    text = own["design"] or (DEFAULT_DESIGN if neutral else "persona x adaptive")
    if own["memory"] and not own["design"]:
        text += " x memory"
    walked = [condition for condition in conditions if condition.name != "neutral"]
    opposites = _opposites(personas, own["reverse_to"], ask_as) if "reversed" in text else {}
    return BrowseDesign(
        parse_design(text, walked, opposites),
        own["replicates"],
        spec,
        own["act"],
        own["construct"],
        parse_actions(own["actions"]),
        watch_model(own["watch_model"]),
        own["learn_from"],
    )


def _opposites(personas: "tuple[Persona, ...]", reverse_to: str | None, ask_as: AskedAs) -> "dict[str, Condition]":
    """Each persona's opposite: the one named, else the library's whose profile is least like its own."""
    import numpy as np

    from agents.errors import DesignError
    from personas.library import library

    if reverse_to is not None:
        return {persona.id: ask_as.condition(reverse_to) for persona in personas}
    found = {}
    for persona in personas:
        if persona.target is None:
            raise DesignError(f"the persona {persona.id} has no profile, so it has no opposite; name one: --reverse-to")
        known = {other.id: np.array(other.target) for other in library() if other.target is not None}
        known.pop(persona.id, None)
        alike = {name: float(np.corrcoef(persona.target, target)[0, 1]) for name, target in known.items()}
        found[persona.id] = ask_as.condition(min(alike, key=lambda name: (alike[name], name)))
    return found


def stocked(indexed: "Indexed", suite: "Suite", second: str | None, choice: SuiteChoice, index_url: str) -> "Catalogue":
    """The catalogue, labelled by sidecars, else by a second index, else by the suite and by retrieval."""
    from agents.stock import stock

    unlabelled = any("values" not in clip.extra for clip in indexed.clips)
    if not unlabelled:
        return stock(indexed)
    if second is not None:
        other = read_index(second)
        return stock(indexed, second=_retrieved(other, choice, second, None))
    return stock(indexed, retrieved=_retrieved(indexed, choice, index_url, choice.embedder))


def _retrieved(indexed: "Indexed", choice: SuiteChoice, url: str, embedder: str | None) -> "LabelTable":
    from spectrum.labels import labels_from_retrieval
    from spectrum.lexicon import load_lexicon

    ids = [clip.clip_id for clip in indexed.clips]
    return labels_from_retrieval(ids, indexed.vectors, load_lexicon(choice.lexicon), index_embedder(embedder, url))


def wide(suite: "Suite", indexed: "Indexed", catalogue: "Catalogue") -> "Suite":
    """The suite with every clip of the index, for planted respondents: they answer about feed clips too."""
    from dataclasses import replace

    import numpy as np

    from spectrum.suite import SuiteClip

    known = {member.clip.clip_id: member for member in suite.clips}
    for row, clip in enumerate(indexed.clips):
        labels = tuple(np.nan_to_num(catalogue.labels[row]).tolist())
        known.setdefault(clip.clip_id, SuiteClip(clip, labels, catalogue.source(row), (), (), (), clip.clip_id))
    return replace(suite, clips=tuple(known[clip_id] for clip_id in sorted(known)))
