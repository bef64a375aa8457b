"""Keeps other libraries quiet on the terminal, where their errors stay, and on the network."""

from __future__ import annotations

import logging
import os

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


def after_import() -> None:
    """What they reset when they are imported."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
