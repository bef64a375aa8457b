"""What a list of requirements brings, by the metadata of what is installed here."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def closure(requirements: Iterable[str]) -> set[str]:
    """The names of all that pip would install for these; those not installed here end a branch."""
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate(
            {**default_environment(), "extra": extra}  # type: ignore[dict-item]
        ):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(text), wanted) for text in _requires(name)]
    return {name for name, _ in seen}


def imported(files: Iterable[Path]) -> set[str]:
    """Top-level names that Python files import, the standard library left out."""
    return {name for path in files for name in _imports(path)} - set(sys.stdlib_module_names)


def providers(module: str) -> set[str]:
    """The installed distributions that a top-level module may come from."""
    return {canonicalize_name(name) for name in _distributions().get(module, [])}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
