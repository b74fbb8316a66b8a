"""Let torchvision be imported where its compiled operators do not load beside the installed torch.

A CPU build of torch beside a CUDA build of torchvision (the only Linux wheel of the default index) fails at
`import torchvision` with "operator torchvision::nms does not exist", and with it open_clip, timm and the
video processors of transformers. Their picture transforms need none of the compiled operators: declaring
the two schemas that torchvision's Python code registers fake kernels for lets the import pass. Calling an
operator (nms, roi_align) still fails, and nothing is touched where the operators load.
"""

import importlib.util
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

from video_index.extras import import_extra

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_lock = Lock()
_declared: list[Any] = []  # torch forgets a schema once its Library object is collected


def ensure_torchvision(extra: str = "clips") -> bool:
    """Make `import torchvision` work; call it before importing open_clip, timm or image code of transformers.

    Returns True where the two operator schemas had to be declared (now or by an earlier call), False where
    torchvision's own operators load. Raises MissingExtraError, naming `extra`, where torch or torchvision
    is not installed.
    """
    with _lock:
        if _declared:
            return True
        torch = import_extra("torch", extra)
        spec = importlib.util.find_spec("torchvision")
        if spec is None or not spec.submodule_search_locations:
            import_extra("torchvision", extra)
            return False
        compiled = [
            library
            for place in spec.submodule_search_locations
            for pattern in ("_C*.so", "_C*.pyd")
            for library in sorted(Path(place).glob(pattern))
        ]
        if compiled and _loads(torch, compiled):
            return False
        declared = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS:
            declared.define(schema)
        _declared.append(declared)
        return True


def _loads(torch: ModuleType, libraries: list[Path]) -> bool:
    try:
        for library in libraries:
            torch.ops.load_library(library)
    except OSError:
        return False
    return True
