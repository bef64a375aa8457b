"""The tritonserver that the `nvidia-pytriton` wheel carries, and a backend directory for it."""

import ctypes
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from serving.errors import DistributionError

SOURCE_ROOT = Path(__file__).resolve().parent.parent
OUR_BACKENDS = ("image", "onnxruntime", "tokenizer")


@dataclass(frozen=True)
class Distribution:
    """Paths inside the wheel.

    Attributes:
        server: the tritonserver binary.
        python_backend: the folder of the Python backend.
        stub: the program that runs Python models in this interpreter's version.
        libraries: the folder of the shared libraries that all of them need.
    """

    server: Path
    python_backend: Path
    stub: Path
    libraries: Path

    @classmethod
    def of_wheel(cls) -> "Distribution":
        """Finds the wheel's parts, at the paths of `pytriton.utils.distribution`.

        That module is not imported: its package takes half a second and brings gevent along.

        Raises:
            DistributionError: there is no wheel, or it has no stub for this version of Python.
        """
        package = find_spec("pytriton")
        if package is None or package.origin is None:
            raise DistributionError("nvidia-pytriton is not installed; `make` installs it")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        packages = Path(package.origin).parent.parent
        root = packages / "pytriton" / "tritonserver"
        stub = root / "python_backend_stubs" / version / "triton_python_backend_stub"
        if not stub.is_file():
            raise DistributionError(f"nvidia-pytriton has no Python backend for Python {version}")
        return cls(
            server=root / "bin" / "tritonserver",
            python_backend=root / "backends" / "python",
            stub=stub,
            libraries=packages / "nvidia_pytriton.libs",
        )

    def write_backends(self, folder: Path) -> None:
        """Fills `folder` with the Python backend and our own, as `--backend-directory` wants it.

        Triton refuses libraries that are links to elsewhere, so the wheel's are copied (2 MB).
        """
        python = folder / "python"
        python.mkdir(parents=True)
        for source in ("libtriton_python.so", "triton_python_backend_utils.py"):
            shutil.copy2(self.python_backend / source, python)
        shutil.copy2(self.stub, python)
        for name in OUR_BACKENDS:
            (folder / name).symlink_to(SOURCE_ROOT / "serving" / "backends" / name)

    def environment(self) -> dict[str, str]:
        """This process's environment, changed so that a stub finds this interpreter.

        Raises:
            DistributionError: the interpreter's shared library is nowhere to be found.
        """
        libraries = [self.libraries, *_interpreter_library_folders()]
        inherited = os.environ.get("LD_LIBRARY_PATH")
        search_path = [str(path) for path in libraries] + ([inherited] if inherited else [])
        return os.environ | {
            "LD_LIBRARY_PATH": os.pathsep.join(search_path),
            # A stub ignores PYTHONPATH and PYTHONHOME: it takes the packages of the first
            # `python3` on PATH, and modules from the folder that it is started in.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            # Every instance is a process of its own; their pools would fight for the same cores.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            # ONNX Runtime's wheels report usage to their makers unless told not to.
            "ORT_DISABLE_TELEMETRY": "1",
        }


def _interpreter_library_folders() -> list[Path]:
    """Where the shared library of this interpreter lies; empty where the system finds it."""
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    folder = Path(sysconfig.get_config_var("LIBDIR") or "")
    if (folder / name).is_file():
        return [folder]
    try:
        ctypes.CDLL(name)
    except OSError as error:
        raise DistributionError(
            f"Triton's Python backend needs {name}, which this Python does not bring;"
            " install it (Debian: libpython3), or use a Python built with --enable-shared"
        ) from error
    return []
