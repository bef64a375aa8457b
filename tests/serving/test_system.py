"""A Triton installed as in NVIDIA's container: here the wheel's parts, put in the same places."""

import shutil
from pathlib import Path

import pytest

from serving.distribution import SOURCE_ROOT, Distribution
from serving.errors import DistributionError
from serving.server import TritonServer
from serving.settings import TritonSettings
from tests.support.triton import settings_for


@pytest.fixture
def system_root(tmp_path: Path) -> Path:
    """bin, lib and backends; in place of the native onnxruntime, ours."""
    wheel = Distribution.of_wheel()
    root = tmp_path / "tritonserver"
    python = root / "backends" / "python"
    python.mkdir(parents=True)
    for source in (wheel.stub, *wheel.python_backend.glob("*")):
        if source.is_file():
            shutil.copy2(source, python)
    (root / "bin").mkdir()
    (root / "bin" / "tritonserver").symlink_to(wheel.server)
    (root / "lib").symlink_to(wheel.libraries)
    ours = SOURCE_ROOT / "serving/backends/onnxruntime/model.py"
    (root / "backends/onnxruntime").mkdir()
    shutil.copy2(ours, root / "backends/onnxruntime")
    return root


def test_it_serves_with_our_backends_beside_its_own(
    system_root: Path,
    exported_repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # An installed stub is made for the system's Python; this one is for ours, wherever that lies.
    libraries = Distribution.of_wheel().environment()["LD_LIBRARY_PATH"]
    monkeypatch.setenv("LD_LIBRARY_PATH", libraries)
    repository = tmp_path / "model_repository"
    repository.mkdir()
    for name in ("clip_image", "clip_preprocess", "image_embedding"):
        (repository / name).symlink_to(exported_repository / name)
    settings = settings_for(repository, tmp_path / "run").model_copy(
        update={"distribution": "system", "system_root": system_root, "cores": 1}
    )
    with TritonServer(settings) as server:
        server.wait_ready()
        assert Path(f"/proc/{server.process_id}/cmdline").read_text().startswith(str(system_root))
    backends = {path.name for path in (system_root / "backends").iterdir()}
    assert backends == {"python", "onnxruntime", "image", "tokenizer"}


def test_an_installed_triton_is_found_unless_the_wheel_is_asked_for(system_root: Path) -> None:
    def found(name: str, root: Path) -> bool:
        return Distribution.find(
            TritonSettings.model_validate({"distribution": name, "system_root": root})
        ).is_wheel

    assert not found("auto", system_root)
    assert found("auto", system_root / "elsewhere")
    assert found("wheel", system_root)


def test_what_is_missing_is_named(system_root: Path) -> None:
    shutil.rmtree(system_root / "backends/onnxruntime")
    with pytest.raises(DistributionError) as caught:
        Distribution.of_system(system_root)
    lacking = system_root / "backends/onnxruntime"
    assert str(caught.value) == f"the Triton installed in {system_root} lacks {lacking}"


def test_backends_of_the_image_need_no_writing(
    system_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Distribution.of_system(system_root)
    assert found.prepare_backends(tmp_path) == system_root / "backends"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Who tests may be root, whom no mode stops.
    monkeypatch.setattr(shutil, "copyfile", refuse)
    assert found.prepare_backends(tmp_path) == system_root / "backends"
    (system_root / "backends/image/model.py").write_text("another version")
    with pytest.raises(DistributionError, match=r"image/model.py can't be written \(Permission"):
        found.prepare_backends(tmp_path)
