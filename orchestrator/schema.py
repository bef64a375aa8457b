"""What the served models ask of a store."""

from orchestrator.inference.models import Fingerprints
from orchestrator.store.records import Schema


def schema_of(fingerprints: Fingerprints) -> Schema:
    """What a store of these models' vectors looks like."""
    visual, text = fingerprints.visual, fingerprints.text
    return Schema(
        fingerprints={"visual": visual.id, "text": text.id},
        dimensions={"visual": visual.dimension, "text": text.dimension},
    )
