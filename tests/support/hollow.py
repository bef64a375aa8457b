"""A model repository with our configurations and files of the right names, but no real weights."""

import hashlib
import json
import shutil
from pathlib import Path

from tests.support.exporting import ROOT

# The longest texts of the models, special tokens included.
MAX_TOKENS = {"clip_text": 77, "text_encoder": 256}
DIMENSIONS = {"clip_image": 512, "clip_text": 512, "text_encoder": 384, "vit_legacy": 768}

_EXPORTED = {
    "clip_tokenizer": "tokenizer.json",
    "text_tokenizer": "tokenizer.json",
    "clip_preprocess": "preprocess.json",
    "vit_preprocess": "preprocess.json",
}


def write_hollow_repository(folder: Path) -> Path:
    """Writes it to `folder`; every graph is a line of text with a fingerprint that is true."""
    sources = ROOT / "model_repository"
    for config in sources.glob("*/config.pbtxt"):
        model = config.parent.name
        shutil.copytree(
            config.parent,
            folder / model,
            ignore=shutil.ignore_patterns("*.onnx", "*.json", "__pycache__"),
        )
        version = folder / model / "1"
        version.mkdir(exist_ok=True)
        if model in _EXPORTED:
            (version / _EXPORTED[model]).touch()
        if model in DIMENSIONS:
            write_graph(version, model.encode())
    return folder


def write_graph(version_folder: Path, graph: bytes, **changes: object) -> None:
    """Writes a `model.onnx` and its fingerprint, which `changes` are made to."""
    model = version_folder.parent.name
    version_folder.mkdir(parents=True, exist_ok=True)
    (version_folder / "model.onnx").write_bytes(graph)
    card = {
        "hash": f"sha256:{hashlib.sha256(graph).hexdigest()}",
        "precision": "fp32",
        "dimension": DIMENSIONS.get(model, 4),
        "max_tokens": MAX_TOKENS.get(model),
    }
    (version_folder / "fingerprint.json").write_text(json.dumps(card | changes))
