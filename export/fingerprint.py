"""Which weights a graph carries, for `fingerprint.json` beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from export.parity import Parity
from export.parts import Part
from export.sources import Weights

PRECISION = "fp32"
_SHORT_REVISION = 7
_SHORT_HASH = 12


@dataclass(frozen=True)
class Fingerprint:
    """The contents of `fingerprint.json`; `hash` is of `model.onnx`, `id` names it all in short."""

    model: str
    source: str
    revision: str | None
    weights: str
    precision: str
    dimension: int
    max_tokens: int | None
    hash: str
    parity: dict[str, float]
    id: str

    def to_json(self) -> bytes:
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def of_graph(part: Part, weights: Weights, graph: bytes, parity: Parity) -> Fingerprint:
    digest = hashlib.sha256(graph).hexdigest()
    origin = weights.revision[:_SHORT_REVISION] if weights.revision else weights.kind
    short_source = weights.source.rsplit("/", 1)[-1]
    return Fingerprint(
        model=part.model,
        source=weights.source,
        revision=weights.revision,
        weights=weights.kind,
        precision=PRECISION,
        dimension=part.dimension,
        max_tokens=part.max_tokens,
        hash=f"sha256:{digest}",
        parity={
            "min_cosine": parity.min_cosine,
            "tolerance": parity.tolerance.min_cosine,
            "max_abs_difference": parity.max_abs_difference,
        },
        id=f"{short_source}@{origin}:{PRECISION}:{digest[:_SHORT_HASH]}",
    )
