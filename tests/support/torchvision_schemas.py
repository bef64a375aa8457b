"""Lets `torchvision` import beside a torch that its compiled operators do not fit.

The package index links them to CUDA; beside a CPU build of torch the import fails for lack of two
schemas. EasyOCR uses neither operator, so for tests their names are enough.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import torch

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_kept: list[torch.library.Library] = []


def define() -> None:
    """Defines the schemas unless torchvision's own library brings them; safe to call twice."""
    if sys.modules.get("torchvision", torch) is None:
        # Export hides a torchvision whose import fails; from here on it does not.
        del sys.modules["torchvision"]
    if not _kept and not _has_own_operators():
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}{_SCHEMA}")
        _kept.append(library)


def _has_own_operators() -> bool:
    package = find_spec("torchvision")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("torchvision is not installed; `make` installs it")
    try:
        for path in Path(package.origin).parent.glob("_C*.so"):
            torch.ops.load_library(str(path))
    except OSError:
        return False
    return True
