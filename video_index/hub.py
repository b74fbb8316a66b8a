"""The model hub while something is loaded from it: heard only where it fails, not waited for where it is not there."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from video_index.extras import import_extra

_CONNECT_S = 5.0
_PORTS = {"http": 80, "https": 443}


@contextmanager
def quiet_hub(extra: str) -> Iterator[str | None]:
    """Within the block the hub's client does not log its tries; yields the hub's host where it cannot be reached.

    It then looks into its cache alone: its five tries for every file would take a minute. Behind a proxy, and where
    HF_HUB_OFFLINE is set, nothing is tried: None. Raises MissingExtraError, naming `extra`, without the client.
    """
    constants: Any = import_extra("huggingface_hub.constants", extra)
    logger = logging.getLogger("huggingface_hub")
    level, offline = logger.level, constants.HF_HUB_OFFLINE
    missed = None if offline else _out_of_reach(constants.ENDPOINT)
    logger.setLevel(logging.CRITICAL)
    constants.HF_HUB_OFFLINE = offline or missed is not None
    try:
        yield missed
    finally:
        logger.setLevel(level)
        constants.HF_HUB_OFFLINE = offline


def _out_of_reach(endpoint: str) -> str | None:
    """The endpoint's host where nothing answers there; a proxy answers for itself."""
    address = urlsplit(endpoint)
    if address.hostname is None or address.scheme in getproxies():
        return None
    try:
        port = address.port or _PORTS.get(address.scheme, 443)
        socket.create_connection((address.hostname, port), timeout=_CONNECT_S).close()
    except OSError:
        return address.hostname
    return None
