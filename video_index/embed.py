"""Pictures and texts as unit vectors of one space, by open_clip: any architecture and tag, or a local folder."""

import difflib
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from video_index.clips import Frame
from video_index.errors import EmbedderError, MissingExtraError
from video_index.extras import import_extra
from video_index.hub import quiet_hub
from video_index.torchvision_shim import ensure_torchvision

_CONFIG = "open_clip_config.json"
_WEIGHTS = (".safetensors", ".bin", ".pth")  # those open_clip looks for in a folder
_WITHOUT_HUB = "; is the network up? A folder with an open_clip model needs none: --embedder FOLDER"
_PROBES = (
    "A family cooking together, 3 children laughing!",
    "naïve café - \u4e00\u8d77\u505a\u996d \U0001f600",
    "word " * 200,
)


class Embedder(Protocol):
    """What turns pictures and texts into unit vectors of one space."""

    @property
    def name(self) -> str:
        """The spec that `load_embedder` takes; a folder is named by its absolute path."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex hash of weights, configuration, tokenizer and preprocessing."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers a vector."""
        ...

    @property
    def logit_scale(self) -> float:
        """What a cosine is multiplied with before a softmax over texts (100 for most CLIPs)."""
        ...

    def images(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        """Unit rows (n, d) float32, one a frame, in order."""
        ...

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows (n, d) float32, one a text, in order."""
        ...


class OpenClipEmbedder:
    """An open_clip model in inference mode and float32.

    Frames given in one call go through the model in batches of `batch`, in their order: the same call gives
    the same bytes on the same machine, while another grouping may differ in the last bits.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        preprocess: Any,
        tokenizer: Any,
        fingerprint: str,
        *,
        device: str = "cpu",
        batch: int = 64,
    ) -> None:
        self._torch: ModuleType = import_extra("torch", "clips")
        self._model = model.to(device).eval()
        self._preprocess = preprocess
        self._tokenizer = tokenizer
        self._device = device
        self._batch = batch
        on_cpu = device == "cpu"
        self.frames_at_once = 1 if on_cpu else batch
        """How many frames a caller with several clips does well to give at once; on a CPU one clip's are enough."""
        self.calls_at_once = usable_cores() if on_cpu else 1
        """How many threads may well call at once."""
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = int(self.texts(["a"]).shape[1])
        scale = getattr(model, "logit_scale", None)
        self.logit_scale = 100.0 if scale is None else float(scale.detach().exp())

    def images(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        """Unit rows (n, d) float32, one a frame."""
        from PIL import Image

        def encoded(part: Sequence[Frame]) -> Any:
            pictures = [self._preprocess(Image.fromarray(frame.pixels)) for frame in part]
            return self._model.encode_image(self._torch.stack(pictures).to(self._device))

        return self._rows(frames, encoded)

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows (n, d) float32, one a text; words beyond the model's context are cut off."""

        def encoded(part: Sequence[str]) -> Any:
            return self._model.encode_text(self._tokenizer(list(part)).to(self._device))

        return self._rows(texts, encoded)

    @contextmanager
    def sharing_cores(self) -> Iterator[None]:
        """Within it, a call on a CPU runs in the calling thread alone.

        Threads of one kernel wait for each other in a loop: beside decoding processes that use the same cores, two
        of them take ten times the processor time of one. The vectors do not depend on the number of cores then.
        """
        before = self._torch.get_num_threads()
        if self._device == "cpu":
            self._torch.set_num_threads(1)
        try:
            yield
        finally:
            self._torch.set_num_threads(before)

    def _rows(self, items: Sequence[Any], encoded: Any) -> NDArray[np.float32]:
        if not items:
            return np.empty((0, self.dimension), dtype=np.float32)
        parts: list[NDArray[np.float32]] = []
        with self._torch.inference_mode():
            for start in range(0, len(items), self._batch):
                rows = encoded(items[start : start + self._batch]).float()
                parts.append((rows / rows.norm(dim=-1, keepdim=True).clamp_min(1e-12)).cpu().numpy())
        return np.concatenate(parts).astype(np.float32, copy=False)


def usable_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_embedder(spec: str | Path, device: str | None = None) -> OpenClipEmbedder:
    """Load the embedder that `spec` names.

    `ViT-B-32/laion2b_s34b_b79k` (an open_clip architecture and tag), `hf-hub:organisation/model`, or a folder
    with `open_clip_config.json` (a plain path, or `local-dir:path`). `device` is a torch device; the default
    is a GPU where there is one. Raises EmbedderError in a line (unknown name or tag, no such folder, no
    network), MissingExtraError where open_clip is not installed.
    """
    text = str(spec)
    folder = _folder(text)
    ensure_torchvision("clips")
    open_clip = import_extra("open_clip", "clips")
    torch = import_extra("torch", "clips")
    if folder is not None:
        identifier, tag, name = f"local-dir:{folder}", None, f"local-dir:{folder}"
    elif text.startswith("hf-hub:"):
        identifier, tag, name = text, None, text
    else:
        identifier, tag = _name_and_tag(text, open_clip)
        name = f"{identifier}/{tag}"
    with _spoken(text):
        # "from_pretrained": with no weights found, its other function warns and draws them at random.
        model, preprocess = open_clip.create_model_from_pretrained(identifier, pretrained=tag, precision="fp32")
        tokenizer = open_clip.get_tokenizer(identifier)
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    settings = {
        "model": open_clip.get_model_config(identifier),
        "preprocess": getattr(model.visual, "preprocess_cfg", None),
    }
    fingerprint = _fingerprint(model, tokenizer, settings)
    return OpenClipEmbedder(name, model, preprocess, tokenizer, fingerprint, device=chosen)


def _folder(text: str) -> Path | None:
    """The folder a spec names, if it names one. Raises EmbedderError where it lacks what a model needs."""
    named = text.startswith("local-dir:")
    path = Path(text.removeprefix("local-dir:")).expanduser()
    looks_like_path = text.startswith((".", "/", "~")) or path.is_dir()
    if not named and (not looks_like_path or text.startswith("hf-hub:")):
        return None
    if not path.is_dir():
        raise EmbedderError(f"there is no embedder folder at {path}")
    if not (path / _CONFIG).is_file():
        raise EmbedderError(f"{path} is no open_clip model: it holds no {_CONFIG}")
    if not any(next(path.glob(f"*{ending}"), None) for ending in _WEIGHTS):
        raise EmbedderError(f"{path} holds no weights: a file ending in {', '.join(_WEIGHTS)}")
    return path.resolve()


def _name_and_tag(text: str, open_clip: ModuleType) -> tuple[str, str]:
    name, _, tag = text.partition("/")
    if name not in open_clip.list_models():
        near = difflib.get_close_matches(name, open_clip.list_models(), n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "write NAME/TAG, hf-hub:ORG/MODEL or a folder"
        raise EmbedderError(f"open_clip knows no model {name!r}; {hint}")
    tags = open_clip.list_pretrained_tags_by_model(name)
    if tag not in tags and not Path(tag).is_file():
        said = f"has no weights tagged {tag!r}" if tag else "needs a tag"
        raise EmbedderError(f"{name} {said}; choose {name}/TAG with one of: {', '.join(tags) or 'none known'}")
    return name, tag


@contextmanager
def _spoken(text: str) -> Iterator[None]:
    """open_clip logs a failure, wraps it and raises; one line is enough."""
    quiet = logging.getLogger().level
    logging.getLogger().setLevel(logging.CRITICAL)
    here = Path(text.removeprefix("local-dir:")).is_dir()
    missed: str | None = None
    try:
        with nullcontext() if here else quiet_hub("clips") as missed:
            yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the embedder {text} needs {error.name}; run: pip install 'value-spectrum[clips,models]'"
        ) from error
    except Exception as error:
        if type(error).__name__ == "UnpicklingError":  # torch's own text advises to switch the guard off
            raise EmbedderError(
                f"the embedder {text} cannot be loaded: its weights are a pickle that holds more than numbers and may "
                "run code; use weights saved as safetensors"
            ) from error
        line = " ".join(str(error).split())[:240]
        if missed is not None:
            line = f"it is not in this machine's cache, and {missed} cannot be reached"
        hint = "" if here else _WITHOUT_HUB
        raise EmbedderError(f"the embedder {text} cannot be loaded: {line}{hint}") from error
    finally:
        logging.getLogger().setLevel(quiet)


def _fingerprint(model: Any, tokenizer: Any, settings: Any) -> str:
    """Hash of weights, settings and tokenizer: what decides a vector, and nothing that names a place."""
    hasher = hashlib.blake2b(digest_size=16)
    for key, value in sorted(model.state_dict().items()):
        array = value.detach().cpu().contiguous()
        hasher.update(f"{key}:{array.dtype}:{tuple(array.shape)}:".encode())
        hasher.update(array.numpy().tobytes())
    hasher.update(json.dumps(settings, sort_keys=True, default=str).encode())
    inner = getattr(tokenizer, "tokenizer", None)
    words = tokenizer.encoder if inner is None else inner.get_vocab()
    hasher.update(json.dumps(words, sort_keys=True).encode())
    # Merges, lower-casing, padding and length show in what the tokenizer does, whatever its kind.
    hasher.update(tokenizer(list(_PROBES)).numpy().astype("<i8").tobytes())
    return hasher.hexdigest()
