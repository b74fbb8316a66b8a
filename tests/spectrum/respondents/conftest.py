"""Fixtures shared by the tests of respondents."""

from tests.support.checkpoints import answering_checkpoints, tiny_checkpoints

__all__ = ["answering_checkpoints", "tiny_checkpoints"]
