"""`python requirements.py [EXTRA…]`: what an image installs, out of pyproject.toml.

Without an extra it prints what the orchestrator needs; with extras theirs alone, which pip has no
way to say. Versions stay where they are: in constraints.txt.
"""

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def requirements(project: Path, extras: list[str]) -> list[str]:
    """The requirements of the project's extras, or of the project itself where none is named.

    Raises:
        KeyError: there is no such extra.
    """
    declared = tomllib.loads(project.read_text("utf-8"))["project"]
    if not extras:
        return list(declared["dependencies"])
    return [name for extra in extras for name in declared["optional-dependencies"][extra]]


if __name__ == "__main__":
    print("\n".join(requirements(Path("pyproject.toml"), sys.argv[1:])))
