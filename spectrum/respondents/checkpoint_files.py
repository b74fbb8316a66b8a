"""Where a checkpoint's files lie, and the digest of what is in them."""

import fnmatch
import hashlib
import os
from pathlib import Path

from spectrum.errors import RespondentError, UnknownRespondentError
from video_index.extras import import_extra

_SAFE_WEIGHTS = "*.safetensors"
_PICKLED_WEIGHTS = "*.bin"
_OTHERS = (
    "config.json", "generation_config.json", "adapter_config.json",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt", "*.model", "*.tiktoken",
    "processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json",
    "chat_template.json", "chat_template.jinja",
    "*.safetensors.index.json",
)  # fmt: skip
_PICKLE_INDEX = "*.bin.index.json"
_CODE = "*.py"
_CHUNK = 1 << 22
_LONG_LINE = 200


def checkpoint_folder(
    path_or_hub_name: str, *, revision: str | None = None, pickled_weights: bool = False, code: bool = False
) -> Path:
    """The folder with a checkpoint's files: a folder as it is, a hub name downloaded or found in the cache.

    Only the files a checkpoint is made of are downloaded (top level; pickled weights and Python code only
    where asked for). Respects HF_HUB_OFFLINE, HF_HOME and HF_TOKEN. Raises UnknownRespondentError where there
    is neither folder nor hub model of that name, RespondentError where the hub cannot be reached, the model
    is gated, or the folder holds no checkpoint.
    """
    given = require_checkpoint_name(path_or_hub_name)
    return given if given is not None else _checked(_download(path_or_hub_name, revision, pickled_weights, code))


def require_checkpoint_name(path_or_hub_name: str) -> Path | None:
    """The folder of that name, None where it can only be on the hub, which is not asked.

    Raises UnknownRespondentError where it can be neither, RespondentError for a folder without a checkpoint.
    """
    given = Path(path_or_hub_name).expanduser()
    if given.is_dir():
        return _checked(given)
    if given.exists():
        raise UnknownRespondentError(f"{path_or_hub_name} is a file; give the checkpoint's folder")
    if not _may_be_hub_name(path_or_hub_name):
        raise UnknownRespondentError(f"there is no checkpoint folder {path_or_hub_name}; check the path")
    return None


def content_fingerprint(folder: Path, *, pickled_weights: bool = False, code: bool = False) -> str:
    """Hex blake2b over weights, config, tokenizer, processor and chat template files: names and bytes.

    The path, file times and other files (a README) play no part, so a copied folder has the same
    fingerprint. Files are streamed; a link is followed.
    """
    total = hashlib.blake2b(digest_size=16)
    for file in _files(folder, pickled_weights, code):
        one = hashlib.blake2b(digest_size=32)
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                one.update(chunk)
        total.update(f"{len(file.name)}:{file.name}".encode())
        total.update(one.digest())
    return total.hexdigest()


def _patterns(pickled_weights: bool, code: bool) -> list[str]:
    patterns = [_SAFE_WEIGHTS, *_OTHERS]
    if pickled_weights:
        patterns += [_PICKLED_WEIGHTS, _PICKLE_INDEX]
    if code:
        patterns.append(_CODE)
    return patterns


def _files(folder: Path, pickled_weights: bool, code: bool) -> list[Path]:
    patterns = _patterns(pickled_weights, code)
    return sorted(
        (
            file
            for file in folder.iterdir()
            if file.is_file() and any(fnmatch.fnmatchcase(file.name, pattern) for pattern in patterns)
        ),
        key=lambda file: file.name,
    )


def _checked(folder: Path) -> Path:
    if (folder / "config.json").is_file():
        return folder
    if (folder / "adapter_config.json").is_file():
        raise RespondentError(
            f"{folder} holds an adapter only; merge it into its base model and save that (merge_and_unload)"
        )
    raise RespondentError(f"{folder} holds no checkpoint: there is no config.json in it")


def _may_be_hub_name(text: str) -> bool:
    starts_like_path = text.startswith((".", "/", "~")) or (os.sep != "/" and os.sep in text)
    return not starts_like_path and text.count("/") <= 1


def _download(name: str, revision: str | None, pickled_weights: bool, code: bool) -> Path:
    hub = import_extra("huggingface_hub", "models")
    errors = import_extra("huggingface_hub.errors", "models")
    asked = name if revision is None else f"{name}@{revision}"
    try:
        folder = hub.snapshot_download(
            name,
            revision=revision,
            allow_patterns=_patterns(pickled_weights, code),
            ignore_patterns=["*/*", "consolidated*"],
        )
    except errors.HFValidationError:
        raise UnknownRespondentError(
            f"{name!r} is neither a folder here nor a possible hub name (owner/model)"
        ) from None
    except errors.GatedRepoError:
        raise RespondentError(
            f"the hub model {asked} is gated: accept its terms on its page and set HF_TOKEN"
        ) from None
    except errors.RevisionNotFoundError:
        raise UnknownRespondentError(f"the hub model {name} has no revision {revision!r}") from None
    except errors.RepositoryNotFoundError:
        raise UnknownRespondentError(
            f"there is no folder {name!r} here and no such model on the hub (if it is private, set HF_TOKEN)"
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        why = (
            "HF_HUB_OFFLINE is set"
            if import_extra("huggingface_hub.constants", "models").HF_HUB_OFFLINE
            else "the hub cannot be reached"
        )
        raise RespondentError(
            f"there is no folder {name!r} here, {why} and the hub model {asked} is not in the cache"
        ) from None
    except (errors.HfHubHTTPError, OSError) as error:
        raise RespondentError(f"the hub model {asked} cannot be downloaded: {first_line(error)}") from None
    return Path(folder)


def first_line(error: BaseException) -> str:
    """The first line of an error's text that says something, or its type's name; long ones to a sentence."""
    lines = (line.strip() for line in str(error).splitlines())
    line = next((line for line in lines if line), type(error).__name__)
    return line if len(line) <= _LONG_LINE else line.split(". ")[0][:_LONG_LINE]
