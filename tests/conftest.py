"""Fixtures that several packages' tests share."""

from tests.support.browser import chromium, headless_browser

__all__ = ["chromium", "headless_browser"]
