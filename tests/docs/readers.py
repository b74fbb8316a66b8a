"""Blocks that are no commands: files for their loaders, output to hold against what is printed, Python with givens."""

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from spectrum.answers import ChoiceSpec
from spectrum.pocket.shipped import checkpoint_folder
from spectrum.respondents.base import Ask, Group
from spectrum.views import ClipView
from tests.docs.guide import Guide, Reader
from tests.docs.shown import shape
from tests.support.documents import Block, blocks
from video_index.clips import Frame, ViewSpec

QUESTION = "Would you keep watching? Answer yes or no."


def grey_group(clip_id: str = "3f2a", system: str = "", condition: str = "neutral") -> Group:
    """One question about a grey clip."""
    frame = Frame(np.full((8, 8, 3), 200, np.uint8), 0.0)
    ask = Ask("a", "", QUESTION, ChoiceSpec(("yes", "no"), (1.0, 0.0)), 8)
    return Group((ClipView(clip_id, ViewSpec(), lambda: (frame,)),), system, (ask,), condition)


def rooms_exist(guide: Guide, block: Block) -> None:
    """Every name of the left column is a module, a function or a class of its package."""
    package, known = "", 0
    for line in block.text.splitlines():
        if re.match(r"\w", line):
            package = line.split()[0].rstrip(",")
        elif found := re.match(r"  (\w+(?:, \w+)*)", line):
            for name in found[1].split(", "):
                assert importlib.util.find_spec(f"{package}.{name}") is not None, f"{package}.{name}"
                known += 1
    assert known > 30


def shown_by(command: str, *varies: str) -> Reader:
    """A block that shows what the line beginning with `command` printed; patterns name what hangs on the answers."""
    return lambda guide, block: guide.shows(block.text, command, *varies)


def console(*varies: str) -> Reader:
    """A command and what it prints; patterns name what hangs on the answers."""
    return lambda guide, block: guide.console(block, *varies)


def engine_is_named(guide: Guide, block: Block) -> None:
    """The first line is a setting of the pocket model; the words of the second are the program's."""
    from spectrum.respondents import registry, shared_prefix

    settings = registry.open_respondent(f"hf:{checkpoint_folder()}").settings
    first, second = block.lines
    assert first in [f"{name}: {value}" for name, value in settings.items()]
    said = second.split(", ")[1].removesuffix(".")
    source = Path(shared_prefix.__file__).parent
    assert any(said in path.read_text(encoding="utf-8") for path in source.rglob("*.py"))


def lexicon_lacks_only_values(guide: Guide, block: Block) -> None:
    """The page shows two of ten values, or one: the loader says which are missing, and nothing else."""
    from spectrum.errors import ConfigError
    from spectrum.lexicon import load_lexicon

    path = Path(f"lexicon.{block.language}")
    path.write_text(block.text, encoding="utf-8")
    with pytest.raises(ConfigError, match="no phrase"):
        load_lexicon(path)


def personas_load(guide: Guide, block: Block) -> None:
    from personas.files import load_personas

    Path("my_personas.yaml").write_text(block.text, encoding="utf-8")
    assert [one.id for one in load_personas("my_personas.yaml")] == ["my-sailor"]


def persona_mistakes_are_said(guide: Guide, block: Block) -> None:
    """Four files with a mistake each."""
    from personas.errors import PersonaError
    from personas.files import load_personas

    sound = next(one.text for one in blocks(guide.page) if one.language == "yaml")
    short = '- {id: sailor, name: S, tier: named, traits: ["I sail."], target: {SD: 2}, target_source: me}\n'
    made = (
        sound.replace("Security: -2", "Securty: -2"),
        re.sub(r"target: \{[^}]*\}", "target: {" + ", ".join(f"{code}: 1" for code in _codes()) + "}", sound),
        short + short,
        sound.replace("{Self-Direction: 2,", "[Self-Direction: 2, Stimulation: 1 Security: 2"),
    )
    for text, said in zip(made, block.lines, strict=True):
        Path("mine.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(PersonaError) as told:
            load_personas("mine.yaml")
        for part in said.split("..."):
            assert shape(part).strip() in shape(str(told.value)), (said, str(told.value))


def _codes() -> tuple[str, ...]:
    from spectrum.values import SCHWARTZ

    return SCHWARTZ.codes


def strategy_plugs_in(guide: Guide, block: Block) -> None:
    from personas.strategies import open_strategy

    guide.install(
        block,
        "my_package",
        "from personas.strategies import SimpleStrategy\n\n\n"
        "class Shouting(SimpleStrategy):\n    @property\n    def name(self):\n        return 'shouting'\n",
    )
    assert open_strategy("shouting@after").name == "shouting"


def respondent_kind_plugs_in(guide: Guide, block: Block) -> None:
    from spectrum.respondents.registry import open_respondent

    guide.install(
        block,
        "my_package.respondents",
        "from brightness import Brightness\n\n\n"
        "def make(target, word):\n    assert (target, word) == ('TARGET', 'no')\n    return Brightness()\n",
    )
    assert open_respondent("parrot:TARGET?word=no").name == "brightness"


def feed_plugs_in(guide: Guide, block: Block) -> None:
    """The page's class, as an installed package offers it."""
    source = next(one.text for one in blocks(guide.page) if one.language == "python")
    guide.install(block, "my_package", source)


def langchain_agent_browses(guide: Guide, block: Block) -> None:
    """A catalogue, a view and a model with tool calling (a loopback server) are taken for granted."""
    from langchain_openai import ChatOpenAI

    from tests.support.browsing import make_world, view
    from tests.support.tool_calling_server import Reply, ToolCallingServer

    def decide(messages: list[dict[str, object]]) -> Reply:
        content = messages[-1]["content"]
        if isinstance(content, str) and "ended" in content:
            return "I have seen enough."
        pictures = messages[-1]["role"] == "user" and not isinstance(content, str)
        return (("like" if pictures else "next_clip", {}),)

    with ToolCallingServer(decide) as server:
        guide.names["catalogue"] = make_world(60, in_suite=10)[1]
        guide.names["view"] = view
        guide.names["model"] = ChatOpenAI(model="viewer", base_url=server.url, api_key="none", max_retries=0)
        guide.python(block)
    assert len(guide.names["session"].records) == 30  # type: ignore[attr-defined]


def gate_runs(guide: Guide, block: Block) -> None:
    from spectrum.calibration.gate import Effort

    guide.python(block)
    (gate,) = guide.names["GATES"]  # type: ignore[misc]
    assert gate.run(Effort(fast=True), lambda line: None).figures[0].passes  # type: ignore[has-type]


def respondent_is_saved(guide: Guide, block: Block) -> None:
    Path("brightness.py").write_text(block.text, encoding="utf-8")
    guide.monkeypatch.syspath_prepend(".")
    guide.monkeypatch.setitem(sys.modules, "brightness", sys)
    guide.monkeypatch.delitem(sys.modules, "brightness")
    guide.python(block)
    guide.names["respondent"] = guide.names["Brightness"]()  # type: ignore[operator]
    guide.names["group"] = grey_group()


def recording_answers(guide: Guide, block: Block) -> None:
    from spectrum.respondents.recorded import RecordedRespondent

    Path("recording.jsonl").write_text(block.text, encoding="utf-8")
    recorded = RecordedRespondent(Path("recording.jsonl"))
    told = [json.loads(line) for line in block.lines]
    for one in told:
        condition = one.get("condition", "neutral")
        (reply,) = recorded.answer(grey_group(one["clip_id"], one.get("system", ""), condition))
        assert (reply.text or None, reply.error) == (one.get("text"), one.get("error"))


def bank_loads(guide: Guide, block: Block) -> None:
    from spectrum.questions import load_bank

    Path("mine.yaml").write_text(block.text, encoding="utf-8")
    assert load_bank("mine.yaml")


def progress_is_json(guide: Guide, block: Block) -> None:
    """The lines that the command above left in its file."""
    told = [json.loads(line) for line in Path("progress.jsonl").read_text().splitlines() if line.startswith("{")]
    shown = json.loads(block.text)
    assert shown["event"] in {line["event"] for line in told} and told[-1]["event"] == "progress-end"
    assert all(set(line) == set(shown) for line in told)


def yesterday_and_today(guide: Guide, block: Block) -> None:
    """Two runs of other days stand for what a nightly job leaves."""
    for line in block.lines:
        if "yesterday" in line:
            shutil.copytree("runs/a", "yesterday")
            shutil.copytree("runs/b", "today")
        guide.line(line)


READERS: Mapping[tuple[str, str], Reader] = {
    ("architecture", "video_index"): rooms_exist,
    ("bench", "On "): shown_by("spectrum bench pocket", "^On", "told apart", "sidecar|check:", "o-|-43"),
    ("browse", "from langchain"): langchain_agent_browses,
    ("browse", "[project"): feed_plugs_in,
    ("calibration", "from dataclasses"): gate_runs,
    ("compare", "spectrum freeze"): yesterday_and_today,
    ("compare", "On "): shown_by("spectrum compare runs/a runs/b", "accepted", "told apart", "differs$", "general acc"),
    ("engine", "engine:"): engine_is_named,
    ("lexicon", "name: mine"): lexicon_lacks_only_values,
    ("lexicon", "value,phrase"): lexicon_lacks_only_values,
    ("personas", "- id"): personas_load,
    ("pairs", 'spectrum pairs suite.json "planted'): console("chose Hedonism", "told apart", "decided triads"),
    ("personas", 'spectrum adhere "planted'): console("^Played|Strongest", "^simple +all", "another's"),
    ("personas", "mine.yaml"): persona_mistakes_are_said,
    ("personas", "[project"): strategy_plugs_in,
    ("power", "One value"): shown_by("spectrum power --clips", "takes about"),
    ("questions", "name: mine"): bank_loads,
    ("respondents", "import numpy"): respondent_is_saved,
    ("respondents", "[project"): respondent_kind_plugs_in,
    ("respondents", '{"clip_id"'): recording_answers,
    ("view", '{"event"'): progress_is_json,
}
"""(page, beginning of the block): what is done with it."""
