"""The ViT-only system as this service uses it."""

from dataclasses import dataclass

from orchestrator.inference.models import Fingerprint
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.store.protocol import LegacyStore


@dataclass(frozen=True, slots=True)
class LegacySide:
    """Its collection, the model of its vectors, and what either is used for."""

    store: LegacyStore
    fingerprint: Fingerprint
    parameters: LegacyParameters
