"""What of the ViT-only system is used. Each is a setting, FEEDLENS_LEGACY__<NAME>."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from orchestrator.store.legacy.payloads import LegacyKeys

_Seconds = Annotated[float, Field(gt=0, le=60)]


@dataclass(frozen=True, slots=True)
class LegacyParameters:
    """`read`: feeds show posts that are only in its collection, and its ranking can be asked for.

    `write`: uploads are stored in its collection too. `url` is of the Qdrant that has the
    collection, as FEEDLENS_QDRANT_URL; left out, it is where the store is. `keys` are those of
    its payloads. `timeout_s`: what feeds of both collections wait for one answer of it, at most;
    after none they do without it for `pause_s`. `write_timeout_s`: what an upload waits for one
    answer, at most; after none it is degraded.
    """

    read: bool = False
    write: bool = False
    url: str | None = None
    keys: LegacyKeys = field(default_factory=LegacyKeys)
    timeout_s: _Seconds = 0.3
    pause_s: _Seconds = 5.0
    write_timeout_s: _Seconds = 2.0

    @property
    def is_used(self) -> bool:
        """Whether its collection is opened at all."""
        return self.read or self.write
