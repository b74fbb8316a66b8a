"""What several packages' tests share."""

import signal

from tests.support.browser import chromium, headless_browser

__all__ = ["chromium", "headless_browser"]


def pytest_configure() -> None:
    """Ctrl-C reaches the commands under test even where the suite runs as a shell's background job, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
