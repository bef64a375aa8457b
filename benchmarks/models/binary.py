"""Where `perf_analyzer` is: on the path, in the cache, or in a wheel that is fetched once."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.models.errors import BenchmarkError
from serving.distribution import Distribution

CACHE = Path(".cache/perf_analyzer")

# The last wheel that carries a perf_analyzer for glibc 2.35, which Debian 12 can run.
_WHEEL = "tritonclient==2.47.0"
_NAME = "perf_analyzer"
# What the binary is linked to beside the system's; pytriton's wheel has both under other names.
_LIBRARIES = {"libb64.so.0d": "libb64-*.so.0d", "libcudart.so.12": "libcudart-*.so.12*"}


@dataclass(frozen=True)
class Binary:
    """A `perf_analyzer` that starts.

    Attributes:
        path: of the program.
        environment: what it needs beside this process's.
    """

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, timeout_s: float) -> "subprocess.CompletedProcess[str]":
        """Runs it to its end; standard error comes with standard output."""
        return subprocess.run(
            [str(self.path), *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )


def find_binary(cache: Path = CACHE, libraries: Path | None = None) -> Binary:
    """The `perf_analyzer` of the path if it starts, else that of the cache, fetched if need be.

    Args:
        libraries: a folder with the shared libraries of pytriton's wheel, by default the
            installed wheel's.

    Raises:
        BenchmarkError: it can't be fetched, or does not start here.
    """
    on_path = shutil.which(_NAME)
    if on_path is not None and _refusal(Binary(Path(on_path))) is None:
        return Binary(Path(on_path))
    folder = (cache / _WHEEL.replace("==", "-")).resolve()
    if not (folder / _NAME).is_file():
        _fetch(folder)
    _link_libraries(folder, libraries or Distribution.of_wheel().libraries)
    binary = Binary(folder / _NAME, {"LD_LIBRARY_PATH": str(folder)})
    refusal = _refusal(binary)
    if refusal is not None:
        raise BenchmarkError(f"{binary.path} does not start: {refusal}")
    return binary


def _refusal(binary: Binary) -> str | None:
    """Why it does not start; None if it does."""
    try:
        done = binary.run("--version", timeout_s=30)
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else " ".join(done.stdout.split())


def _fetch(folder: Path) -> None:
    print(f"==> Fetching perf_analyzer out of {_WHEEL} (once; 13 MB)", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        wheel, building = _download(Path(name)), Path(name) / "building"
        building.mkdir()
        _unpack(wheel, building / _NAME)
        # Whole or not at all: a run that is broken off leaves nothing that looks finished.
        building.replace(folder)


def _download(folder: Path) -> Path:
    # The environment keeps its own tritonclient: this one is unpacked, never installed.
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    command += ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder), _WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = done.stderr.strip().splitlines() or ["pip left no wheel"]
        raise BenchmarkError(f"{_WHEEL}, which carries perf_analyzer, can't be had: {lines[-1]}")
    return wheels[0]


def _unpack(wheel: Path, program: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.endswith(f"/bin/{_NAME}")]
        if len(members) != 1:
            raise BenchmarkError(f"{wheel.name} carries no {_NAME}")
        program.write_bytes(archive.read(members[0]))
    program.chmod(0o755)


def _link_libraries(folder: Path, libraries: Path) -> None:
    for name, pattern in _LIBRARIES.items():
        found = sorted(libraries.glob(pattern))
        if not found:
            raise BenchmarkError(f"perf_analyzer needs {name}, and {libraries} has no {pattern}")
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(found[0])
