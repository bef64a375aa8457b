"""Keeps other libraries quiet on the terminal, where their errors stay, and on the network."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from importlib.util import find_spec

_ENVIRONMENT = {
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    # Official builds of ONNX Runtime report to Microsoft unless told otherwise.
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
_LOGGERS = ("torch.onnx", "huggingface_hub", "sentence_transformers")


def before_import() -> None:
    """What the libraries read when they are imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    _hide_broken_torchvision()


def after_import() -> None:
    """What they reset when they are imported."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)


def _hide_broken_torchvision() -> None:
    """transformers imports torchvision where it is installed; export needs nothing of it.

    Beside a build of torch that it was not compiled for (EasyOCR brings one that is linked to
    CUDA) its import fails, and would take transformers along.
    """
    if find_spec("torchvision") is None:
        return
    try:
        importlib.import_module("torchvision")
    except (ImportError, OSError, RuntimeError):
        # What the import system shows for a package that is not there.
        sys.modules["torchvision"] = None  # type: ignore[assignment]
