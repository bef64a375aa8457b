"""Sources and jobs of numbers, for tests of what runs them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from orchestrator.runs.outcome import Outcome
from orchestrator.runs.pipeline import Sorted

PAGE = 10


@dataclass
class Numbers:
    """The numbers below `count`, ten a page; `asked` holds where pages began."""

    count: int
    asked: list[str | None] = field(default_factory=list)

    async def page(self, after: str | None) -> tuple[Sequence[int], str | None]:
        self.asked.append(after)
        start = int(after or 0)
        end = min(start + PAGE, self.count)
        return list(range(start, end)), str(end) if end < self.count else None


async def _nothing(_: int) -> None:
    await asyncio.sleep(0)


@dataclass
class Work:
    """Does numbers by `act`; those in `known` are done."""

    act: Callable[[int], Awaitable[None]] = _nothing
    known: set[int] = field(default_factory=set)
    begun: list[int] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0

    async def sort(self, items: Sequence[int]) -> Sorted[int]:
        settled = [outcome("known", item) for item in items if item in self.known]
        return Sorted(settled, [item for item in items if item not in self.known])

    async def do(self, item: int) -> Outcome:
        self.begun.append(item)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await self.act(item)
        finally:
            self._now -= 1
        return outcome("done", item)

    def failed(self, item: int, reason: str, detail: str) -> Outcome:
        return Outcome("failed", str(item), f"m{item}", reason, detail)


def outcome(kind: str, item: int) -> Outcome:
    return Outcome(kind, str(item), f"m{item}")  # type: ignore[arg-type]


async def always_well() -> bool:
    return True


async def never_well() -> bool:
    return False
