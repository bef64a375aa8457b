"""`docker-compose.yml`, read and interpolated as the Compose specification says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
REQUIRED = {"FEEDLENS_TRITON_ADMIN_KEY": "a-key"}
_UNITS_S = {"s": 1, "m": 60}
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<operator>:-|:\?)(?P<operand>[^}]*))?\}")


class VariableRefusedError(Exception):
    """A variable that must be set is not; the message is the file's own."""


@dataclass(frozen=True)
class Variable:
    """A variable that the file names: its default, or None where it must be set."""

    name: str
    default: str | None


def raw() -> dict[str, Any]:
    """The file, its variables as they stand."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
    return loaded


def services(environment: Mapping[str, str] = REQUIRED) -> dict[str, dict[str, Any]]:
    """The services of every profile, with variables filled in.

    Raises:
        VariableRefusedError: one that must be set is not.
    """
    filled: dict[str, dict[str, Any]] = _interpolated(raw()["services"], environment)
    return filled


def seconds(duration: str) -> int:
    """A duration of one unit, such as 40s."""
    return int(duration[:-1]) * _UNITS_S[duration[-1]]


def variables() -> list[Variable]:
    """Every variable of the file, once."""
    found = {
        Variable(match["name"], match["operand"] if match["operator"] == ":-" else None)
        for text in _texts(raw())
        for match in _VARIABLE.finditer(text)
        if match["name"]
    }
    return sorted(found, key=lambda variable: variable.name)


def _interpolated(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolated(inner, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [_interpolated(inner, environment) for inner in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _value_of(match, environment), value)
    return value


def _value_of(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if not match["name"]:
        return "$"
    value = environment.get(match["name"], "")
    if value:
        return value
    if match["operator"] == ":?":
        raise VariableRefusedError(f"{match['name']}: {match['operand']}")
    return match["operand"] or ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
