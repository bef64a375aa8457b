"""What of the ViT-only system is used. Each is a setting, FEEDLENS_LEGACY__<NAME>."""

from dataclasses import dataclass, field

from orchestrator.store.legacy.payloads import LegacyKeys


@dataclass(frozen=True, slots=True)
class LegacyParameters:
    """`read`: feeds show posts that are only in its collection, and its ranking can be asked for.

    `write`: uploads are stored in its collection too. `url` is of the Qdrant that has the
    collection, as FEEDLENS_QDRANT_URL; left out, it is where the store is. `keys` are those of
    its payloads.
    """

    read: bool = False
    write: bool = False
    url: str | None = None
    keys: LegacyKeys = field(default_factory=LegacyKeys)

    @property
    def is_used(self) -> bool:
        """Whether its collection is opened at all."""
        return self.read or self.write
