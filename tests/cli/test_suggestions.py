"""A name that is nearly right is told what it may have been."""

import pytest

from tests.support.commands import Shell


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("bnch", "pocket"), "did you mean bench?"),
        (("personas", "--file", "pocket#pocket-carr"), "did you mean pocket-carer?"),
        (("personas", "--file", "adventurr"), "did you mean adventurer?"),
        (("personas", "--file", "librry"), "did you mean library?"),
    ],
)
def test_a_misspelt_name_is_told_the_nearest(words: tuple[str, ...], meant: str, shell: Shell) -> None:
    ran = shell(*words)
    assert ran.status == 2
    assert meant in ran.err and "Traceback" not in ran.err


def test_a_command_like_no_other_is_not_guessed(shell: Shell) -> None:
    ran = shell("zzzz")
    assert ran.status == 2 and "No such command" in ran.err and "did you mean" not in ran.err
