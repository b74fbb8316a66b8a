"""What several packages' tests share."""

import signal

from hypothesis import settings

from tests.support.browser import chromium, headless_browser

__all__ = ["chromium", "headless_browser"]

# No test is timed: a machine under load is no fault of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Let Ctrl-C reach commands under test even where a shell runs the suite in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
