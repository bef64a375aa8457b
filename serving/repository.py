"""A model repository on disk: which models it holds, and whether their files are there."""

from dataclasses import dataclass
from pathlib import Path

from serving.errors import RepositoryError
from serving.model_config import backend_of, read_config

# What `python -m export` writes for the models of a backend.
_EXPORTED_FILES = {
    "onnxruntime": "model.onnx",
    "tokenizer": "tokenizer.json",
    "image": "preprocess.json",
}


@dataclass(frozen=True)
class Model:
    """A model as its folder shows it, before Triton reads it."""

    name: str
    folder: Path
    backend: str

    @property
    def is_ensemble(self) -> bool:
        return self.backend == "ensemble"

    def config_path(self, variant: str) -> Path:
        """The file of its configuration for `variant`: cpu, gpu or tensorrt."""
        if variant == "cpu":
            return self.folder / "config.pbtxt"
        return self.folder / "configs" / f"{variant}.pbtxt"


def read_repository(folder: Path) -> list[Model]:
    """The models of a repository, by name.

    Raises:
        RepositoryError: there is no such folder, it holds no model, or an exported file is missing.
    """
    models = [
        Model(path.parent.name, path.parent, backend_of(read_config(path)))
        for path in sorted(folder.glob("*/config.pbtxt"))
    ]
    if not models:
        raise RepositoryError(f"{folder} holds no model (no <model>/config.pbtxt)")
    for model in models:
        _check_exported(model)
    return models


def check_variant(models: list[Model], variant: str) -> None:
    """Makes sure that every model has the configuration variant that is asked for.

    Triton itself would fall back to `config.pbtxt` without a word.

    Raises:
        RepositoryError: models without `configs/<variant>.pbtxt`; the message names them.
    """
    lacking = [model.name for model in models if not model.config_path(variant).is_file()]
    if lacking:
        raise RepositoryError(f"no configs/{variant}.pbtxt for: {', '.join(lacking)}")


def _check_exported(model: Model) -> None:
    file_name = _EXPORTED_FILES.get(model.backend)
    if file_name is None or list(model.folder.glob(f"[0-9]*/{file_name}")):
        return
    raise RepositoryError(
        f"model {model.name} has no {model.folder / '1' / file_name};"
        f" write it with: python -m export --repository {model.folder.parent}"
    )
