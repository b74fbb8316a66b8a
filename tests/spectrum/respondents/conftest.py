"""Fixtures shared by the tests of respondents."""

from tests.support.chat import loopback_key, store
from tests.support.checkpoints import answering_checkpoints, tiny_checkpoints

__all__ = ["answering_checkpoints", "loopback_key", "store", "tiny_checkpoints"]
