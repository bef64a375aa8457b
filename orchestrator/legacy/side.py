"""The ViT-only system as this service uses it."""

from dataclasses import dataclass

from orchestrator.inference.models import Fingerprint, Models
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.store.protocol import LegacyStore


@dataclass(frozen=True, slots=True)
class LegacySide:
    """Its collection, the models that make its vectors, and what either is used for."""

    store: LegacyStore
    models: Models
    fingerprint: Fingerprint
    parameters: LegacyParameters
