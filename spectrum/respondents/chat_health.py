"""Whether a server is worth asking on: asks that failed in a row, over all threads."""

import threading

from spectrum.respondents.chat_errors import Failure, Remedy

_FAILED_ASKS = 8
_FAILED_MEDIA = 3


class Health:
    """Counts asks given up since the last answer. One clip that a server rejects does not end a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed_asks = 0
        self._failed_media: set[str] = set()
        self._heard = False

    @property
    def heard(self) -> bool:
        """Whether the server has ever answered anything, be it an error."""
        return self._heard

    def hear(self) -> None:
        """The server answered something."""
        self._heard = True

    def answered(self) -> None:
        """An ask was answered: the count starts anew."""
        with self._lock:
            self._failed_asks = 0
            self._failed_media.clear()

    def given_up(self, media: str, failure: Failure) -> bool:
        """An ask about `media` was given up; True where it is time to give up the server.

        That is after eight asks in a row; where requests were rejected rather than lost, only if they showed
        three different media or more.
        """
        with self._lock:
            self._failed_asks += 1
            self._failed_media.add(media)
            enough_media = failure.remedy is Remedy.RETRY or len(self._failed_media) >= _FAILED_MEDIA
            return self._failed_asks >= _FAILED_ASKS and enough_media
