"""Options that several commands have mean the same in each, and help says what a command does without them."""

import ast
import importlib
import re
from collections import defaultdict
from pathlib import Path

import click
import pytest

from spectrum.cli.main import cli
from spectrum.cli.suites import SuiteChoice
from spectrum.errors import ConfigError
from spectrum.suite import save_suite
from tests.support.benches import make_suite
from tests.support.commands import Shell

COMMANDS = tuple(cli.list_commands(click.Context(cli)))
ASKING = ("freeze", "bench", "pairs", "adhere", "browse")
ITS_OWN = {
    "--construct",  # of probes, in browse
    "--controls",
    "--items",  # probes alone, in browse
    "--out",
    "--per-clip",
    "--per-value",
    "--questions",  # words for pairs, in pairs
    "--quick",
}
"""Options whose default, or what they are about, is each command's own."""


def options_of(command: str) -> dict[str, click.Option]:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return {name: one for one in found.params if isinstance(one, click.Option) for name in one.opts}


def test_commands_that_ask_take_the_same_options_in_the_same_words() -> None:
    types, words = defaultdict(set), defaultdict(set)
    for command in ASKING:
        for name, option in options_of(command).items():
            types[name].add(str(option.type.to_info_dict()))
            words[name].add((option.help, str(option.default)))
    assert {name for name, found in types.items() if len(found) > 1} == set()
    assert {name for name, found in words.items() if len(found) > 1} == ITS_OWN


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_does(command: str) -> None:
    assert [name for name, option in options_of(command).items() if not option.help] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_nothing_from_another_commands_file(command: str) -> None:
    place = importlib.import_module(f"spectrum.cli.{command}").__file__
    assert place is not None
    tree = ast.parse(Path(place).read_text(encoding="utf-8"))
    taken = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert taken.isdisjoint(f"spectrum.cli.{other}" for other in COMMANDS)


@pytest.mark.parametrize(
    ("command", "quick"),
    [*((command, ()) for command in ASKING), *((command, ("--quick",)) for command in ("freeze", "bench", "adhere"))],
)
def test_help_says_how_many_clips_a_command_takes(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, quick: tuple[str, ...]
) -> None:
    options = options_of(command)
    taken: list[SuiteChoice] = []

    def stop(choice: SuiteChoice) -> None:
        taken.append(choice)
        raise ConfigError("far enough")

    monkeypatch.setattr(SuiteChoice, "make", stop)
    model = () if command == "freeze" else ("planted:random",)
    index = ("x.index", *model) if command == "pairs" else (*model, "--index", "x.index")
    assert "far enough" in shell.fails(command, *index, *quick, "--out", tmp_path / "out")
    (choice,) = taken
    said = re.search(r"Default: (\d+)(?:, with --quick (\d+))?\.", str(options["--per-value"].help))
    assert said is not None
    assert str(choice.per_value) == (said[2] if quick else said[1])
    controls = "as many as its set holds" if choice.controls is None else str(choice.controls)
    assert f"Default: {controls}." in str(options["--controls"].help)


def test_what_a_frozen_file_fixes_is_refused_by_every_command_that_takes_one(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "suite.json"
    save_suite(make_suite(per_value=2, controls=0), suite)
    for command in (
        ("bench", "planted:random", "--items", suite),
        ("pairs", suite, "planted:random"),
        ("adhere", "planted:follower", "--items", suite),
        ("adhere", "planted:follower", "--clips", suite),
    ):
        line = shell.fails(*command, "--per-value", 5, "--dry-run")
        assert f"{suite} fixes --per-value" in line, command


def test_one_price_without_the_other_is_refused_not_ignored(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    for command in (
        ("bench", "planted:random", "--index", clip_index, "--dry-run"),
        ("bench", "planted:random", "--index", clip_index, "--out", tmp_path / "run"),
        ("pairs", clip_index, "planted:random", "--dry-run"),
        ("view", tmp_path),
    ):
        for price in ("--price-in", "--price-out"):
            assert "give --price-in and --price-out" in shell.fails(*command, price, 2), command
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("bench", "--price-in", "-1"),
        ("bench", "--budget", "-1"),
        ("bench", "--timeout", "0"),
        ("index", "--time-limit", "0"),
        ("index", "--cache-limit", "-1"),
        ("search", "--min-seconds", "-1"),
    ],
)
def test_a_number_that_makes_no_sense_names_its_option(shell: Shell, command: str, option: str, value: str) -> None:
    ran = shell(command, "x", option, value)
    assert ran.status == 2 and f"'{option}'" in ran.err and "Traceback" not in ran.err
