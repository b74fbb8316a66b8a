"""The front door: one file a command. It may open every room, and nothing imports it."""

from spectrum.cli.main import main

__all__ = ["main"]
