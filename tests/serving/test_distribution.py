"""The wheel's parts, and the backend directory made of them and of ours."""

import os
import sys
from pathlib import Path

import pytest

from serving.distribution import OUR_BACKENDS, SOURCE_ROOT, Distribution


def test_the_wheels_parts_are_there() -> None:
    wheel = Distribution.of_wheel()
    assert os.access(wheel.server, os.X_OK)
    assert os.access(wheel.stub, os.X_OK)
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in wheel.stub.parts
    assert list(wheel.libraries.glob("libtritonserver*"))


def test_the_backend_directory_holds_python_and_ours(tmp_path: Path) -> None:
    backends = Distribution.of_wheel().prepare_backends(tmp_path / "backends")
    assert backends == tmp_path / "backends"
    found = {path.relative_to(tmp_path / "backends").as_posix() for path in tmp_path.glob("*/*/*")}
    assert found >= {f"{name}/model.py" for name in OUR_BACKENDS}
    assert found >= {"python/libtriton_python.so", "python/triton_python_backend_stub"}
    for path in (tmp_path / "backends" / "python").iterdir():
        assert not path.is_symlink()
    assert (SOURCE_ROOT / "serving" / "distribution.py").is_file()


def test_a_stub_finds_this_interpreter_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/elsewhere")
    environment = Distribution.of_wheel().environment()
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    libraries = environment["LD_LIBRARY_PATH"].split(os.pathsep)
    assert libraries[0].endswith("nvidia_pytriton.libs")
    assert libraries[-1] == "/elsewhere"
