"""What the vision tower makes of a clip's pictures, computed once and kept while there is room."""

import inspect
from typing import Any

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.held import Held
from spectrum.respondents.prompt_rows import Head
from video_index.extras import import_extra

_PIXELS = "pixel_"
_MODALITIES = {"image": "pixel_values", "video": "pixel_values_videos"}
_UNUSED = ("last_hidden_state", "hidden_states", "attentions")


class VisionFeatures:
    """Encodes the pictures of a head through the model's own `get_image_features` and `get_video_features`.

    What comes out is what the model's forward takes as `mm_encoder_outputs`; it depends on the pictures alone,
    so personas, wordings and steps of an episode share it. Bounded in bytes, on the model's device.
    """

    def __init__(self, checkpoint: Checkpoint, max_bytes: int = 512 * 2**20) -> None:
        self._model = checkpoint.model
        self._held: Held[dict[str, Any]] = Held(max_bytes)

    def of(self, head: Head) -> dict[str, Any]:
        """Encoder outputs by modality, "image" and "video"; empty for a head without pictures."""
        found = self._held.get(head.pictures)
        if found is None:
            found = {
                modality: self._encode(modality, head) for modality, name in _MODALITIES.items() if name in head.inputs
            }
            self._held.put(head.pictures, found, sum(_bytes(output) for output in found.values()))
        return dict(found)

    def clear(self) -> None:
        """Let go of all features, so that their memory can be used."""
        self._held.clear()

    def _encode(self, modality: str, head: Head) -> Any:
        encode = getattr(getattr(self._model, "model", self._model), f"get_{modality}_features")
        takes = inspect.signature(encode).parameters
        inputs = {name: on_device(self._model, value) for name, value in head.inputs.items() if name in takes}
        with import_extra("torch", "models").inference_mode():
            output = encode(**inputs, return_dict=True)
        for name in _UNUSED:
            if output.get(name) is not None:
                output[name] = None
        return output


def without_pixels(head: Head) -> dict[str, Any]:
    """The head's inputs that its forward still needs beside encoded pictures."""
    return {name: value for name, value in head.inputs.items() if not name.startswith(_PIXELS)}


def on_device(model: Any, value: Any) -> Any:
    """A tensor as the model takes it: on its device, floating-point ones in its number format."""
    if not hasattr(value, "is_floating_point"):
        return value
    return value.to(model.device, model.dtype) if value.is_floating_point() else value.to(model.device)


def _bytes(value: Any) -> int:
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value))
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    return sum(map(_bytes, value.values())) if hasattr(value, "values") else 0
