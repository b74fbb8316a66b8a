"""What qdrant-client raises, in one line a person can act on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from video_index.errors import IndexStorageError


@contextmanager
def spoken(place: str) -> Iterator[None]:
    """Turn what qdrant-client raises into one line: refused key, silent server, or its own words."""
    import httpx
    from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code in (401, 403):
            raise IndexStorageError(
                f"{place} refused the API key; set QDRANT_API_KEY to one that may use this collection"
            ) from error
        raise IndexStorageError(f"{place} answered {error.status_code}: {_words(error)}") from error
    except ResponseHandlingException as error:
        raise IndexStorageError(
            f"{place} does not answer as a Qdrant server ({' '.join(str(error.source).split())[:160]}); "
            "is it running, and is the address right?"
        ) from error
    except (ApiException, httpx.HTTPError, OSError, RuntimeError, ValueError) as error:
        raise IndexStorageError(f"{place} failed: {' '.join(str(error).split())[:300]}") from error


def _words(error: Any) -> str:
    try:
        return str(json.loads(error.content)["status"]["error"])[:300]
    except (ValueError, KeyError, TypeError):
        return str(error.reason_phrase or "no reason given")
