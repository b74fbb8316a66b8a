"""Storing in a thread of its own, so that the next clips are decoded and embedded in the meantime."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class BatchWriter:
    """Runs one piece of storing at a time, in the order given, and lets nobody get more than one ahead.

    What goes wrong is raised by the next call. A context manager; leaving it waits for what is being stored, and
    raises nothing, so that it hides no other error: `drain` before.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._going: Future[None] | None = None

    def start(self, store: Callable[[], None]) -> None:
        """Begin to store, after what was begun before is done."""
        self.drain()
        self._going = self._thread.submit(store)

    def drain(self) -> None:
        """Wait until everything begun is stored: only then may others use the index."""
        going, self._going = self._going, None
        if going is not None:
            going.result()

    def __enter__(self) -> "BatchWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)
