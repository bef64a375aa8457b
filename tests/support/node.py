"""Node.js for tests of its client: the one that `make` installs, the oldest one, and packages."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients/node"
# Its lock file names them: the oldest Node.js and TypeScript that the package works with.
OLDEST = CLIENT / "test/package/oldest"

_LINKED = Path(sys.prefix) / "bin"
# What a machine may say of a Feedlens of its own.
_OURS = (
    "EMBEDDING_SERVER_URL",
    "LEGACY_EMBEDDING_SERVER_URL",
    "USE_MULTIMODAL_EMBEDDINGS",
    "FEEDLENS_MEDIA__ALLOWED_HOSTS",
    "FEEDLENS_MEDIA__PRIVATE_NETWORKS",
    "DEBUG",
)
# What a copy of the package's folder goes without.
_BUILT = shutil.ignore_patterns("node_modules", "dist", "generated", "examples", "test", "*.tgz")


@dataclass(frozen=True)
class Node:
    """A Node.js, the npm beside it or on the path, and a TypeScript.

    Attributes:
        bin: the folder of its program.
        typescript: the package's folder.
    """

    bin: Path
    typescript: Path

    def environment(self) -> dict[str, str]:
        """This process's, which finds the programs first and knows of no Feedlens."""
        inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
        path = [str(self.bin), str(_LINKED), inherited.get("PATH", "")]
        return {**inherited, "PATH": os.pathsep.join(path)}

    def run(
        self,
        program: str,
        *arguments: str | Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        timeout_s: float = 120.0,
    ) -> str:
        """Runs a program of Node's in the folder until it ends well; what it prints.

        Raises:
            AssertionError: it ended badly; with all that it printed.
        """
        given = {**self.environment(), **(environment or {})}
        found = shutil.which(program, path=given["PATH"])
        assert found is not None, f"no {program} in {given['PATH']}"
        done = subprocess.run(
            [found, *map(str, arguments)],
            cwd=folder,
            env=given,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, f"{program} {arguments}\n{done.stdout}{done.stderr}"
        return done.stdout

    def check_types(self, project: Path) -> None:
        """Type-checks and compiles what the project's tsconfig.json names."""
        self.run("node", self.typescript / "bin/tsc", "--project", project, folder=project)


def newest() -> Node:
    """What `make` installs."""
    return Node(_LINKED, CLIENT / "node_modules/typescript")


def oldest() -> Node:
    """The oldest that the package works with; fetched once into the repository's cache."""
    lock = hashlib.sha256((OLDEST / "package-lock.json").read_bytes()).hexdigest()
    folder = once(ROOT / f".cache/node-{lock[:12]}", _install_oldest) / "node_modules"
    return Node(folder / ".bin", folder / "typescript")


def pack(folder: Path) -> Path:
    """The package as npm would publish it, built from its sources; nothing of theirs is touched."""
    sources = folder / "sources"
    shutil.copytree(CLIENT, sources, ignore=_BUILT)
    (sources / "node_modules").symlink_to(CLIENT / "node_modules")
    newest().run("npm", "pack", "--silent", "--pack-destination", folder, folder=sources)
    (tarball,) = folder.glob("*.tgz")
    return tarball


def install(project: Path, tarball: Path) -> None:
    """Installs the package and the types of Node's; neither needs a registry."""
    newest().run("npm", "install", "--silent", "--offline", tarball, folder=project)
    types = project / "node_modules/@types"
    types.mkdir(exist_ok=True)
    (types / "node").symlink_to(CLIENT / "node_modules/@types/node")


def build_example(name: str, tarball: Path, folder: Path) -> None:
    """Puts the example there as one has it who copied its folder, on the packed client."""
    left_out = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(CLIENT / "examples" / name, folder, ignore=left_out, dirs_exist_ok=True)
    newest().run("npm", "install", "--silent", "--prefer-offline", tarball, folder=folder)
    newest().run("npm", "run", "--silent", "build", folder=folder)


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, made by the first process that asks for it, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            building = folder.with_name(f"{folder.name}.building")
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir()
            make(building)
            building.replace(folder)
    return folder


def _install_oldest(folder: Path) -> None:
    for path in OLDEST.iterdir():
        shutil.copy(path, folder)
    newest().run("npm", "ci", "--silent", folder=folder, timeout_s=240)
