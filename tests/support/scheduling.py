"""Which worker of pytest-xdist runs what."""

from xdist.scheduler import LoadScopeScheduling

_EXPORTS = "tests/export/"


class BySharing(LoadScopeScheduling):
    """A file's tests stay together, for its module's fixtures; all exports do, for theirs.

    Those of the exports take half a minute, and a worker that runs none goes without torch.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _EXPORTS if nodeid.startswith(_EXPORTS) else nodeid.split("::", 1)[0]
