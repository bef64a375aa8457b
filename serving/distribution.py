"""The tritonserver to run, the wheel's or an installed one, and a backend directory for it."""

import ctypes
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from serving.errors import DistributionError
from serving.settings import TritonSettings, environment_name

SOURCE_ROOT = Path(__file__).resolve().parent.parent
OUR_BACKENDS = ("image", "onnxruntime", "tokenizer")
# An installed Triton brings the native `onnxruntime`, which ours only stands in for.
_NATIVE = "onnxruntime"
_ADMIN_KEY = environment_name("admin_key")


@dataclass(frozen=True)
class Distribution:
    """Paths inside the wheel, or below the folder that Triton is installed in.

    Attributes:
        server: the tritonserver binary.
        python_backend: the folder of the Python backend.
        stub: the program that runs Python models.
        libraries: the folder of the shared libraries that all of them need.
        is_wheel: whether it is the wheel's.
    """

    server: Path
    python_backend: Path
    stub: Path
    libraries: Path
    is_wheel: bool

    @classmethod
    def find(cls, settings: TritonSettings) -> "Distribution":
        """The one that the settings ask for.

        Raises:
            DistributionError: it is not there, or lacks something.
        """
        installed = (settings.system_root / "bin" / "tritonserver").is_file()
        if settings.distribution == "system" or (settings.distribution == "auto" and installed):
            return cls.of_system(settings.system_root)
        return cls.of_wheel()

    @classmethod
    def of_system(cls, root: Path) -> "Distribution":
        """A tritonserver installed below `root`, laid out as in NVIDIA's container.

        Raises:
            DistributionError: a part of it is missing.
        """
        found = cls(
            server=root / "bin" / "tritonserver",
            python_backend=root / "backends" / "python",
            stub=root / "backends" / "python" / "triton_python_backend_stub",
            libraries=root / "lib",
            is_wheel=False,
        )
        for part in (found.server, found.stub, root / "backends" / _NATIVE):
            if not part.exists():
                raise DistributionError(f"the Triton installed in {root} lacks {part}")
        return found

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
            is_wheel=True,
        )

    def prepare_backends(self, scratch: Path) -> Path:
        """Puts our backends beside Triton's; the folder for `--backend-directory`.

        Triton refuses libraries that are links to elsewhere. The wheel's (2 MB) are copied to
        `scratch`; an installed Triton's (gigabytes) stay, and ours are written beside them.

        Raises:
            DistributionError: the installed Triton's folder can't be written.
        """
        if self.is_wheel:
            self._fill(scratch)
            return scratch
        folder = self.python_backend.parent
        for name in OUR_BACKENDS:
            if name != _NATIVE:
                _put(SOURCE_ROOT / "serving" / "backends" / name / "model.py", folder / name)
        return folder

    def _fill(self, folder: Path) -> None:
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
        libraries = [self.libraries, *(_interpreter_library_folders() if self.is_wheel else [])]
        inherited = os.environ.get("LD_LIBRARY_PATH")
        search_path = [str(path) for path in libraries] + ([inherited] if inherited else [])
        # What decodes strangers' pictures has no need to know the key.
        own = {name: value for name, value in os.environ.items() if name != _ADMIN_KEY}
        return own | {
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


def _put(model: Path, folder: Path) -> None:
    """Copies `model` into `folder`, unless an image that can't be written holds it already."""
    target = folder / model.name
    if target.is_file() and target.read_bytes() == model.read_bytes():
        return
    try:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(model, target)
    except OSError as error:
        raise DistributionError(
            f"{target} can't be written ({error.strerror}); put {model} there when the image is"
            " built, or make the folder writable"
        ) from error


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
