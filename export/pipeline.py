"""One export: find the weights, make the graphs, check them, put them in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError
from torch.onnx import OnnxExporterError

from export import fingerprint, parity
from export.choose import choose
from export.errors import SourceUnavailable, first_line
from export.evaluation_inputs import Folder, for_part, read_folder
from export.graph import to_onnx
from export.parity import FP32, Parity, Tolerance
from export.parts import Family, Part, clip_family, text_family, vit_family
from export.precision import Precisions
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
    """What to export and where to; a `named` source wins over `kind`.

    Reduced precisions are measured on the folder `inputs` or on made ones; with `force` a named
    one is written whatever it keeps. `gpu` is what `auto` means.
    """

    families: Sequence[FamilyName]
    kind: Kind
    named: Mapping[FamilyName, str]
    repository: Path
    seed: int
    tolerance: Tolerance = FP32
    precisions: Precisions = field(default_factory=Precisions)
    gpu: bool = False
    force: bool = False
    inputs: Path | None = None


def run(request: Request) -> None:
    """Export every family of `request`, all of it or nothing. Raises ExportError."""
    inputs = read_folder(request.inputs)
    with (
        scratch_folder() as scratch,
        Staging(request.repository) as staging,
    ):
        for name in request.families:
            weights, family = load(name, request, scratch)
            for path, content in family.files.items():
                staging.add(path, content)
            for part in family.parts:
                _export_part(name, part, weights, request, inputs, staging)
        staging.commit()


def load(name: FamilyName, request: Request, scratch: Path) -> tuple[Weights, Family]:
    """Get and read the weights of a family. Raises ExportError."""
    with step(name, f"getting {request.named.get(name, request.kind)} weights") as getting:
        weights = resolve(name, request.kind, request.named.get(name), request.seed, scratch)
        getting.result = f"{weights.source}@{weights.revision or weights.kind}"
    with step(name, "loading") as loading, _reading(name, weights):
        family = _LOAD[name](weights.folder)
        loading.result = ", ".join(_describe(part) for part in family.parts)
    return weights, family


def trace(
    name: FamilyName, part: Part, weights: Weights, tolerance: Tolerance
) -> tuple[bytes, Parity]:
    """The fp32 graph of `part`, checked against torch. Raises ExportError."""
    with step(part.model, "tracing to ONNX") as tracing, _reading(name, weights):
        graph = to_onnx(
            part.module,
            part.batches[-1],
            part.dynamic_axes,
            symbolic_width=part.symbolic_width,
            metadata={"source": weights.source, "weights": weights.kind},
        )
        tracing.result = megabytes(len(graph))
    with step(part.model, "comparing ONNX Runtime with torch") as comparing:
        checked = parity.compare(graph, part.module, part.batches, tolerance)
        comparing.result = str(checked)
    parity.require(part.model, checked)
    return graph, checked


def _export_part(
    name: FamilyName,
    part: Part,
    weights: Weights,
    request: Request,
    inputs: Folder,
    staging: Staging,
) -> None:
    fp32_graph, checked = trace(name, part, weights, request.tolerance)
    chosen = choose(
        part.model,
        request.precisions.of(part.model),
        fp32_graph,
        for_part(part, inputs),
        gpu=request.gpu,
        force=request.force,
    )
    staging.add(f"{part.model}/1/model.onnx", chosen.graph)
    record = fingerprint.of_graph(part, weights, chosen, checked)
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
