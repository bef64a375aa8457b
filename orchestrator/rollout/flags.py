"""What operators can change while the service runs: which ranker serves, and to whom."""

import json
from dataclasses import dataclass, fields
from typing import Any, Literal

Source = Literal["file", "settings"]
SWITCH = "use_multimodal_embeddings"


@dataclass(frozen=True, slots=True)
class Flags:
    """The multimodal ranker serves `percent` of the viewers, nobody where it is switched off.

    `shadow_percent` of the new sessions are ranked by the other ranker too.
    """

    use_multimodal_embeddings: bool = True
    percent: float = 100.0
    shadow_percent: float = 0.0

    @property
    def need_legacy(self) -> bool:
        """Whether they ask for the legacy ranker."""
        everyone = self.use_multimodal_embeddings and self.percent >= 100  # noqa: PLR2004
        return not everyone or self.shadow_percent > 0


@dataclass(frozen=True, slots=True)
class WrittenFlags:
    """What a flags file says; None is left to the settings."""

    use_multimodal_embeddings: bool | None = None
    percent: float | None = None
    shadow_percent: float | None = None

    @property
    def named(self) -> dict[str, Any]:
        """What is said, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def over(self, configured: Flags) -> Flags:
        """The flags in force: the switch is on where both say so, the rest is as it is written."""
        return Flags(
            configured.use_multimodal_embeddings and self.use_multimodal_embeddings is not False,
            configured.percent if self.percent is None else self.percent,
            configured.shadow_percent if self.shadow_percent is None else self.shadow_percent,
        )

    def changed(self, changes: "WrittenFlags") -> "WrittenFlags":
        """The same, with what `changes` says in its place."""
        return WrittenFlags(**{**self.named, **changes.named})


def sources(written: WrittenFlags, configured: Flags) -> dict[str, Source]:
    """What each flag that is in force comes from; a switch is off by who turned it off."""
    found: dict[str, Source] = {
        each.name: "file" if each.name in written.named else "settings" for each in fields(Flags)
    }
    if not configured.use_multimodal_embeddings:
        found[SWITCH] = "settings"
    return found


def parse(text: str) -> WrittenFlags:
    """Flags of a file's text; ValueError says what is wrong with it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"it is no JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise ValueError("it must be a JSON object")
    known = [each.name for each in fields(WrittenFlags)]
    unknown = sorted(found.keys() - set(known))
    if unknown:
        raise ValueError(f"unknown {unknown[0]!r}; known are {', '.join(known)}")
    for name, value in found.items():
        _check(name, value)
    return WrittenFlags(**found)


def dump(flags: WrittenFlags) -> str:
    """The text that `parse` reads."""
    return json.dumps(flags.named, indent=2) + "\n"


def check_percent(value: float) -> float:
    """The value; ValueError for one that is no percentage."""
    if not 0 <= value <= 100:  # noqa: PLR2004
        raise ValueError(f"must be between 0 and 100, not {value}")
    return value


def _check(name: str, value: object) -> None:
    if name == SWITCH:
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} must be a number, not {value!r}")
    else:
        try:
            check_percent(value)
        except ValueError as exc:
            raise ValueError(f"{name} {exc}") from exc
