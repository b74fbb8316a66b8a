"""What several packages' tests share."""

import signal

from tests.support.browser import chromium, headless_browser

__all__ = ["chromium", "headless_browser"]


def pytest_configure() -> None:
    """Let Ctrl-C reach commands under test even where a shell runs the suite in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
