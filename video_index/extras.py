"""Import optional packages where they are needed, with one line of advice where they are absent."""

import importlib
from types import ModuleType

from video_index.errors import MissingExtraError


def import_extra(module: str, extra: str) -> ModuleType:
    """Import `module`, which the optional group `extra` of this project installs.

    Raises MissingExtraError, naming the command to run, where the package itself is absent. A package
    that is present but broken raises its own ImportError: hiding that would send the user the wrong way.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingExtraError(
            f"{module.split('.')[0]} is not installed; run: pip install 'value-spectrum[{extra}]'"
        ) from None
