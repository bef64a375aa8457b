"""What became of all items, in numbers and in words."""

from collections import Counter
from collections.abc import Iterator

from orchestrator.runs.outcome import Outcome

_MINUTE_S = 60
_HOUR_S = 3600


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
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    hours, rest_s = divmod(round(seconds), _HOUR_S)
    minutes, rest_s = divmod(rest_s, _MINUTE_S)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest_s} s"


def _posts(count: int) -> str:
    return f"{count:,} post{'' if count == 1 else 's'}"
