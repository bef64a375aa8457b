"""What an installed Feedlens finds beside its code."""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PACKAGES = ("export", "serving", "orchestrator", "ranking", "quickstart", "benchmarks")


def test_data_files_travel_with_their_packages() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    tracked = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", *PACKAGES],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    data = [Path(name) for name in tracked if not name.endswith(".py")]
    assert Path("orchestrator/feed/calibration.json") in data
    for path in data:
        package, *rest = path.parts
        patterns = declared["package-data"].get(package, [])
        assert any(fnmatch("/".join(rest), pattern) for pattern in patterns), path
