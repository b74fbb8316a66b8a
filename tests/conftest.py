"""Fixtures that several packages' tests share."""

from tests.support.browser import chromium

__all__ = ["chromium"]
