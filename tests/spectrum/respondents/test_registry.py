import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import ConfigError, RespondentError, UnknownRespondentError
from spectrum.respondents import registry
from spectrum.respondents.planted import PlantedWorld
from spectrum.respondents.registry import RespondentOptions, RespondentSpec, open_respondent, parse_spec
from tests.spectrum.respondents.groups import make_group
from tests.support.openai_server import OpenAIServer

OWN = '''
class Echo:
    """A respondent of one's own."""

    def __init__(self, word: str = "Yes") -> None:
        self.name = "echo"
        self.fingerprint = word
        self.settings: dict[str, str] = {}
        self.concurrency = 1
        self.word = word

    def answer(self, group):
        from spectrum.respondents.base import Reply

        return [Reply(ask.ask_id, self.word) for ask in group.asks]

    def close(self) -> None:
        pass


def make(*, target: str = "none", word: str = "Yes") -> Echo:
    return Echo(f"{target} {word}")


def nothing() -> int:
    return 3
'''


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_respondents.py").write_text(OWN, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "own_respondents", raising=False)
    return "own_respondents"


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("hf:Qwen/Qwen3-VL-2B-Instruct", RespondentSpec("hf", "Qwen/Qwen3-VL-2B-Instruct")),
        ("hf:./a folder?", RespondentSpec("hf", "./a folder?")),
        ("openai:gpt-4o", RespondentSpec("openai", "gpt-4o")),
        ("openai:m@http://localhost:8000/v1", RespondentSpec("openai", "m@http://localhost:8000/v1")),
        ("anthropic:claude-x", RespondentSpec("anthropic", "claude-x")),
        ("ollama:llava:7b", RespondentSpec("ollama", "llava:7b")),
        (
            "planted:hedonist?yes_bias=1&strength=2&refusal=.05",
            RespondentSpec("planted", "hedonist", {"yes_bias": "1", "strength": "2", "refusal": ".05"}),
        ),
        ("recorded:a/b.jsonl", RespondentSpec("recorded", "a/b.jsonl")),
        ("py:module:Class?word=a%20b", RespondentSpec("py", "module:Class", {"word": "a b"})),
    ],
)
def test_specs(text: str, spec: RespondentSpec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize("text", ["", "gpt-4o", "nobody:x", "hf", ":x", "HF:x"])
def test_unknown_specs_list_the_kinds(text: str) -> None:
    with pytest.raises(UnknownRespondentError) as caught:
        open_respondent(text)
    message = str(caught.value)
    for kind in ("pocket", "hf:", "openai:NAME@http://", "anthropic", "planted:", "recorded:", "py:MODULE:CLASS"):
        assert kind in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "meant"),
    [("pockt", "pocket"), ("opnai:gpt-4o", "openai:gpt-4o"), ("HF:x", "hf:x"), ("recorde:a.jsonl", "recorded:a.jsonl")],
)
def test_a_misspelt_spec_is_told_the_nearest(text: str, meant: str) -> None:
    with pytest.raises(UnknownRespondentError, match=rf"did you mean {meant}\?"):
        open_respondent(text)


def test_a_bare_folder_is_told_how_to_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-checkpoint").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownRespondentError, match=r"did you mean hf:my-checkpoint\?"):
        open_respondent("my-checkpoint")


@pytest.mark.parametrize(
    "text", ["hf:", "openai:", "planted:x?", "planted:x?a", "planted:x?a=1&a=2", "py:module", "py:"]
)
def test_specs_that_cannot_be_read_are_one_line(text: str) -> None:
    with pytest.raises((ConfigError, UnknownRespondentError)) as caught:
        open_respondent(text)
    assert "\n" not in str(caught.value)


def test_planted_recorded_and_chat_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = PlantedWorld(("a", "b"), np.eye(2), ("ST", "HE"), ("Stimulation", "Hedonism"))
    planted = open_respondent("planted:adventurer?seed=3", world=world)
    assert planted.name == "planted:adventurer?seed=3" and planted.settings["seed"] == "3"
    (tmp_path / "r.jsonl").write_text(json.dumps({"ask_id": "x", "text": "Yes"}), "utf-8")
    assert open_respondent(f"recorded:{tmp_path / 'r.jsonl'}").name == "recorded:r.jsonl"
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(RespondentError, match="OPENAI_API_KEY"):
        open_respondent("openai:gpt-4o")
    with OpenAIServer() as server:
        respondent = open_respondent(server.spec, RespondentOptions(concurrency=3))
        assert respondent.concurrency >= 1 and respondent.answer(make_group("a"))[0].error is None


def test_a_python_class_or_function_opens_with_its_options(own_module: str) -> None:
    assert open_respondent(f"py:{own_module}:Echo").answer(make_group("a"))[0].text == "Yes"
    assert open_respondent(f"py:{own_module}:Echo?word=No").answer(make_group("a"))[0].text == "No"
    assert open_respondent(f"py:{own_module}:make?target=t").answer(make_group("a"))[0].text == "t Yes"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_module:Echo", "there is no module no_such_module"),
        ("own_respondents:Absent", "no class or function 'Absent'"),
        ("own_respondents:nothing", "it lacks name, fingerprint"),
        ("own_respondents:Echo?size=3", "unexpected keyword argument 'size'"),
        ("own_respondents", "py:MODULE:CLASS"),
    ],
)
def test_mistakes_in_a_python_spec_are_one_line(own_module: str, target: str, words: str) -> None:
    with pytest.raises((ConfigError, UnknownRespondentError)) as caught:
        open_respondent(f"py:{target}")
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_module_that_lacks_its_own_import_says_so(own_module: str, tmp_path: Path) -> None:
    (tmp_path / "own_broken.py").write_text("import a_package_of_its_own", "utf-8")
    with pytest.raises(ModuleNotFoundError, match="a_package_of_its_own"):
        open_respondent("py:own_broken:X")


def test_an_installed_package_adds_a_kind(own_module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("parrot", f"{own_module}:make", registry.ENTRY_POINTS)

    def entry_points(*, group: str, name: str = "parrot") -> list[EntryPoint]:
        return [point] if (group, name) == (registry.ENTRY_POINTS, "parrot") else []

    monkeypatch.syspath_prepend(".")
    monkeypatch.setattr(registry, "entry_points", entry_points)
    assert open_respondent("parrot").answer(make_group("a"))[0].text == "none Yes"
    assert open_respondent("parrot:polly?word=No").answer(make_group("a"))[0].text == "polly No"
    assert "parrot:TARGET" in registry.respondent_kinds().values()


def test_opening_one_kind_imports_no_other() -> None:
    code = (
        "import sys; from spectrum.respondents.registry import open_respondent; open_respondent('planted:random');"
        "bad = {'torch', 'transformers', 'langchain', 'langchain_core', 'openai', 'tenacity'} & set(sys.modules);"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
