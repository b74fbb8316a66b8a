"""`--temperature` is a number, or `provider` for none."""

import click
import pytest
from click.testing import CliRunner

from spectrum.cli.respondents import respondent_options


@click.command()
@respondent_options
def taken(**settings: object) -> None:
    print(repr(settings["temperature"]))


@pytest.mark.parametrize(
    ("given", "held"),
    [((), "0.0"), (("--temperature", "0.7"), "0.7"), (("--temperature", "provider"), "None")],
)
def test_a_temperature_is_a_number_or_left_to_the_provider(given: tuple[str, ...], held: str) -> None:
    assert CliRunner().invoke(taken, given).output.strip() == held


@pytest.mark.parametrize("wrong", ["hot", "-1", "nan", "inf", ""])
def test_any_other_temperature_is_a_mistake(wrong: str) -> None:
    told = CliRunner().invoke(taken, ["--temperature", wrong])
    assert told.exit_code == 2 and "neither a number of 0 or more nor 'provider'" in told.output
