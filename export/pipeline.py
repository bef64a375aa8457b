"""One export: find the weights, make the graphs, check them, put them in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from torch.onnx import OnnxExporterError

from export import fingerprint, parity
from export.errors import SourceUnavailable, first_line
from export.graph import to_onnx
from export.parity import FP32, Tolerance
from export.parts import Family, Part, clip_family, text_family, vit_family
from export.progress import megabytes, step
from export.sources import FamilyName, Kind, Weights, resolve
from export.writer import Staging, scratch_folder

_LOAD: Mapping[FamilyName, Callable[[Path], Family]] = {
    "clip": clip_family,
    "text": text_family,
    "vit": vit_family,
}
_UNUSABLE = (OSError, ValueError, KeyError, RuntimeError, SafetensorError, OnnxExporterError)


@dataclass(frozen=True)
class Request:
    """What to export and where to; a `named` source wins over `kind`."""

    families: Sequence[FamilyName]
    kind: Kind
    named: Mapping[FamilyName, str]
    repository: Path
    seed: int
    tolerance: Tolerance = FP32


def run(request: Request) -> None:
    """Export every family of `request`, all of it or nothing. Raises ExportError."""
    with (
        scratch_folder() as scratch,
        Staging(request.repository) as staging,
    ):
        for name in request.families:
            _export_family(name, request, scratch, staging)
        staging.commit()


def _export_family(name: FamilyName, request: Request, scratch: Path, staging: Staging) -> None:
    with step(name, f"getting {request.named.get(name, request.kind)} weights") as getting:
        weights = resolve(name, request.kind, request.named.get(name), request.seed, scratch)
        getting.result = f"{weights.source}@{weights.revision or weights.kind}"
    with step(name, "loading") as loading, _reading(name, weights):
        family = _LOAD[name](weights.folder)
        loading.result = ", ".join(_describe(part) for part in family.parts)
    for path, content in family.files.items():
        staging.add(path, content)
    for part in family.parts:
        _export_part(name, part, weights, staging, request.tolerance)


def _export_part(
    name: FamilyName, part: Part, weights: Weights, staging: Staging, tolerance: Tolerance
) -> None:
    with step(part.model, "tracing to ONNX") as tracing, _reading(name, weights):
        graph = to_onnx(
            part.module,
            part.batches[-1],
            part.dynamic_axes,
            symbolic_width=part.symbolic_width,
            metadata={"source": weights.source, "weights": weights.kind},
        )
        tracing.result = megabytes(len(graph))
    path = staging.add(f"{part.model}/1/model.onnx", graph)
    with step(part.model, "comparing ONNX Runtime with torch") as comparing:
        agreement = parity.compare(str(path), part.module, part.batches, tolerance)
        comparing.result = str(agreement)
    parity.require(part.model, agreement)
    record = fingerprint.of_graph(part, weights, graph, agreement)
    staging.add(f"{part.model}/1/fingerprint.json", record.to_json())


def _describe(part: Part) -> str:
    parameters = sum(parameter.numel() for parameter in part.module.parameters())
    return f"{part.model} with {parameters / 1e6:.1f} M parameters"


@contextmanager
def _reading(name: FamilyName, weights: Weights) -> Iterator[None]:
    """Translate what transformers, safetensors and torch raise over weights they can't use."""
    try:
        yield
    except _UNUSABLE as error:
        # The exporter wraps what went wrong in advice to torch's own developers.
        cause = error.__cause__ if isinstance(error, OnnxExporterError) else None
        raise SourceUnavailable(
            f"can't use {weights.source} as {name} weights: {first_line(cause or error)}; "
            f"give another folder with --{name} FOLDER, or use --weights untrained"
        ) from error
