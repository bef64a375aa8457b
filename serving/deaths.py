"""Python models' processes that die while a Triton starts."""

from collections.abc import Iterable

from serving.processes import Stub

# A load that fails ends its process, then says why, which is the better reason. In a load that
# hangs after a death nothing is ever said.
_GRACE_S = 3.0


class StartDeaths:
    """Finds, from looks at the processes, one that is dead and nothing is said of; pure."""

    def __init__(self) -> None:
        self._models: dict[tuple[int, int], str] = {}
        self._dead_since_s: dict[tuple[int, int], float] = {}

    def see(self, stubs: Iterable[Stub], now_s: float) -> str | None:
        """Takes a look.

        Returns:
            The model of a process that has been dead for too long; "a Python model" where it
            died before it was seen alive; None where there is no such process.
        """
        stubs = list(stubs)
        self._models |= {stub.key: stub.model for stub in stubs if stub.model}
        self._dead_since_s = {
            stub.key: self._dead_since_s.get(stub.key, now_s) for stub in stubs if stub.is_dead
        }
        for key, since_s in self._dead_since_s.items():
            if now_s - since_s >= _GRACE_S:
                return self._models.get(key, "a Python model")
        return None
