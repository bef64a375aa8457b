"""What of a folder reaches a builder, by the rules of `.dockerignore`."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

Rule = tuple[re.Pattern[str], bool]


class BuildContext:
    """The files of a folder that its `.dockerignore` lets through.

    As the builder does it: the last rule wins that matches a path or a folder above it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        lines = (line.strip() for line in (root / ".dockerignore").read_text().splitlines())
        self._rules = [_rule(line) for line in lines if line and not line.startswith("#")]

    def holds(self, path: str) -> bool:
        """Whether a path relative to the root, of a file that need not exist, is let through."""
        above = PurePosixPath(path)
        paths = [str(above), *(str(parent) for parent in above.parents if parent.name)]
        ignored = False
        for pattern, ignores in self._rules:
            if any(pattern.fullmatch(candidate) for candidate in paths):
                ignored = ignores
        return not ignored

    def files(self, source: str) -> Iterator[str]:
        """The files of a file or folder that are let through, relative to the root."""
        top = self.root / source
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and self.holds(name):
                yield name


def _rule(line: str) -> Rule:
    pattern = line.removeprefix("!").strip("/")
    translated = "".join(
        _translate(part) for part in re.split(r"(\*\*/|\*\*|\*|\?|\[.*?\])", pattern)
    )
    return re.compile(translated), not line.startswith("!")


def _translate(part: str) -> str:
    wild = {"**/": r"(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return wild.get(part) or (part if part.startswith("[") else re.escape(part))
