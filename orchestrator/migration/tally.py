"""What became of all items, in numbers and in words."""

from collections import Counter
from collections.abc import Iterator

from orchestrator.migration.outcome import Outcome


class Tally:
    """Counts of outcomes by kind, and of failures by reason."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def tell(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.kinds[outcome.kind] += 1
        if outcome.kind == "failed":
            self.reasons[outcome.reason] += 1

    def summary(self, duration_s: float, *, verb: str) -> Iterator[str]:
        """Lines that say all of it; `verb` is what was done with what is done."""
        done = self.kinds["done"]
        rate = done / duration_s if duration_s > 0 else 0.0
        yield f"{verb} {_posts(done)} in {duration(duration_s)}, {rate:.1f} a second"
        if self.kinds["known"]:
            yield f"there before: {_posts(self.kinds['known'])}"
        if self.kinds["gone"]:
            yield f"deleted meanwhile: {_posts(self.kinds['gone'])}"
        if self.kinds["failed"]:
            reasons = ", ".join(f"{count:,} {name}" for name, count in self.reasons.most_common())
            yield f"failed: {_posts(self.kinds['failed'])} ({reasons})"


def duration(seconds: float) -> str:
    """A time as one says it: 12.3 s, 4 min 5 s, 2 h 3 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _posts(count: int) -> str:
    return f"{count:,} post{'' if count == 1 else 's'}"
