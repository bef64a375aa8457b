"""Which weights a graph carries, for `fingerprint.json` beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from export.choose import Chosen
from export.parity import Parity
from export.parts import Part
from export.sources import Weights

_SHORT_REVISION = 7
_SHORT_HASH = 12


@dataclass(frozen=True)
class Fingerprint:
    """The contents of `fingerprint.json`; `hash` is of `model.onnx`, `id` names it all in short.

    `parity` is that of the fp32 graph with torch; `agreement` that of the graph with the fp32
    one, None for fp32 itself. `forced` graphs agree less than their bound wants.
    """

    model: str
    source: str
    revision: str | None
    weights: str
    precision: str
    dimension: int
    max_tokens: int | None
    hash: str
    parity: dict[str, float]
    agreement: dict[str, float | str] | None
    forced: bool
    id: str

    def to_json(self) -> bytes:
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def of_graph(part: Part, weights: Weights, chosen: Chosen, parity: Parity) -> Fingerprint:
    digest = hashlib.sha256(chosen.graph).hexdigest()
    origin = weights.revision[:_SHORT_REVISION] if weights.revision else weights.kind
    short_source = weights.source.rsplit("/", 1)[-1]
    return Fingerprint(
        model=part.model,
        source=weights.source,
        revision=weights.revision,
        weights=weights.kind,
        precision=chosen.precision,
        dimension=part.dimension,
        max_tokens=part.max_tokens,
        hash=f"sha256:{digest}",
        parity={
            "min_cosine": parity.min_cosine,
            "tolerance": parity.tolerance.min_cosine,
            "max_abs_difference": parity.max_abs_difference,
        },
        agreement=_agreement(chosen),
        forced=chosen.forced,
        id=f"{short_source}@{origin}:{chosen.precision}:{digest[:_SHORT_HASH]}",
    )


def _agreement(chosen: Chosen) -> dict[str, float | str] | None:
    """Without the speed, which is another at every export."""
    trial = chosen.trial
    return None if trial is None else {**asdict(trial.agreement), "of": trial.inputs}
