"""A model repository on disk: which models it holds, and whether their files are there."""

from dataclasses import dataclass
from pathlib import Path

from serving.errors import RepositoryError
from serving.model_config import backend_of, read_config
from serving.weights import GRAPH, check_weights, read_fingerprint

# What `python -m export` writes for the models of a backend.
_EXPORTED_FILES = {
    "onnxruntime": GRAPH,
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

    def graph_folders(self) -> list[Path]:
        """The folders of its versions that hold an exported graph, the newest last."""
        paths = self.folder.glob(f"[0-9]*/{GRAPH}")
        return sorted((path.parent for path in paths), key=lambda folder: int(folder.name))


def read_repository(folder: Path) -> list[Model]:
    """The models of a repository, by name.

    Raises:
        RepositoryError: there is no such folder, it holds no model, a configuration can't be
            parsed, an exported file is missing, or a graph is not that of its fingerprint.
    """
    models = [
        Model(path.parent.name, path.parent, backend_of(read_config(path)))
        for path in sorted(folder.glob("*/config.pbtxt"))
    ]
    if not models:
        raise RepositoryError(f"{folder} holds no model (no <model>/config.pbtxt)")
    for model in models:
        _check_exported(model)
    check_weights([folder for model in models for folder in model.graph_folders()])
    return models


def check_variant(models: list[Model], variant: str) -> None:
    """Makes sure that every model has the variant that is asked for, and weights that fit it.

    Triton itself would fall back to `config.pbtxt` without a word.

    Raises:
        RepositoryError: models without `configs/<variant>.pbtxt`, or with int8 weights, which are
            for the CPU; the message names them.
    """
    lacking = [model.name for model in models if not model.config_path(variant).is_file()]
    if lacking:
        raise RepositoryError(
            f"no configs/{variant}.pbtxt for: {', '.join(lacking)};"
            " serve what there is with --model-config-name cpu"
        )
    int8 = [model for model in models if variant != "cpu" and _is_int8(model)]
    if int8:
        raise RepositoryError(
            f"the weights are int8, which the variant {variant} does not run, of:"
            f" {', '.join(model.name for model in int8)}; export them for it with:"
            f" USE_GPU=true python -m export --repository {int8[0].folder.parent}"
        )


def _is_int8(model: Model) -> bool:
    return any(read_fingerprint(folder).precision == "int8" for folder in model.graph_folders())


def _check_exported(model: Model) -> None:
    file_name = _EXPORTED_FILES.get(model.backend)
    if file_name is None or list(model.folder.glob(f"[0-9]*/{file_name}")):
        return
    raise RepositoryError(
        f"model {model.name} has no {model.folder / '1' / file_name};"
        f" write it with: python -m export --repository {model.folder.parent}"
    )
