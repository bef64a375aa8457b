"""How often what was asked for was known before."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Questions of one kind; `errors` counts calls of the cache that failed."""

    hits: int = 0
    misses: int = 0
    errors: int = 0

    @property
    def rate(self) -> float | None:
        """The share of questions that were hits; None before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None

    def as_dict(self) -> dict[str, float | None]:
        """All of them, by name."""
        rate = None if self.rate is None else round(self.rate, 4)
        return {"hits": self.hits, "misses": self.misses, "errors": self.errors, "rate": rate}
