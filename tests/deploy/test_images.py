"""The Dockerfiles: lint, pins, users, and whether what they copy and install is enough."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.requirements import requirements
from orchestrator.settings import Settings
from serving.distribution import Distribution
from serving.settings import TritonSettings
from tests.support.distributions import closure, imported, providers
from tests.support.images import CONTEXT, DOCKERFILES, ROOT, Image

EXTRAS = {"export": ["export"], "orchestrator": [], "triton": ["serving"]}
OURS = {"decoding", "export", "orchestrator", "ranking", "serving"}
# Triton's own module, and the engine that only the GPU image brings with its torch.
NOT_IN_TRITON = {"triton_python_backend_utils", "easyocr", "torch"}
REMOVED_IN_3_12 = {"asynchat", "asyncore", "distutils", "imp", "smtpd"}
CONSTRAINTS = (ROOT / "constraints.txt").read_text()


@pytest.fixture(params=DOCKERFILES, ids=lambda path: path.parent.name)
def dockerfile(request: pytest.FixtureRequest) -> Path:
    """Each Dockerfile of deploy/ in turn."""
    path: Path = request.param
    return path


@pytest.fixture
def image(dockerfile: Path) -> Image:
    """The same, read."""
    return Image(dockerfile)


@pytest.fixture
def tree(image: Image, tmp_path: Path) -> Path:
    """What its last stage copies out of the build context."""
    image.stage(tmp_path)
    return tmp_path


def test_there_is_one_for_each_of_ours() -> None:
    assert [path.parent.name for path in DOCKERFILES] == sorted(EXTRAS)


def test_the_linter_has_nothing_to_say(dockerfile: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    linted = subprocess.run(
        [str(linter), str(dockerfile)], capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_bases_are_pinned_to_a_release(image: Image) -> None:
    (base,) = image.bases()
    assert re.fullmatch(
        r"python:3\.12\.\d+-slim-\w+|nvcr\.io/nvidia/tritonserver:\d\d\.\d\d-py3", base
    )


def test_triton_is_the_release_of_its_client() -> None:
    dockerfile = ROOT / "deploy" / "triton" / "Dockerfile"
    named = re.search(
        r"Triton (\S+) is (\S+), the version of `tritonclient`", dockerfile.read_text()
    )
    assert named is not None
    assert Image(dockerfile).bases() == [f"nvcr.io/nvidia/tritonserver:{named[1]}-py3"]
    assert f"\ntritonclient=={named[2]}\n" in CONSTRAINTS


def test_it_runs_as_a_user_that_is_not_root(image: Image) -> None:
    # By number, so that Kubernetes can tell.
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.last("USER").value)


def test_nothing_is_fetched_by_address(image: Image) -> None:
    assert not [found for found in image.instructions if found.name == "ADD"]
    assert not [found for found in image.instructions if "://" in found.value]


def test_what_it_copies_reaches_the_builder(image: Image) -> None:
    for sources, _ in image.copies():
        for source in sources:
            assert list(CONTEXT.files(source)), source


def test_no_weights_are_built_in(tree: Path) -> None:
    sizes = {path: path.stat().st_size for path in tree.rglob("*") if path.is_file()}
    assert max(sizes.values()) < 1_000_000
    assert not list(tree.rglob("*.onnx"))


def test_what_it_exposes_are_the_settings_ports() -> None:
    triton = [TritonSettings.model_fields[f"{name}_port"] for name in ("http", "grpc", "metrics")]
    exposed = Image(ROOT / "deploy/triton/Dockerfile").last("EXPOSE").words
    assert exposed == [str(field.default) for field in triton]
    exposed = Image(ROOT / "deploy/orchestrator/Dockerfile").last("EXPOSE").words
    assert exposed == [str(Settings.model_fields["port"].default)]


def test_its_code_finds_all_that_it_imports(dockerfile: Path, tree: Path) -> None:
    name = dockerfile.parent.name
    modules = imported(tree.rglob("*.py")) - OURS
    installed = closure(requirements(ROOT / "pyproject.toml", EXTRAS[name]))
    lacking = {module for module in modules if not providers(module) & installed}
    assert lacking <= (NOT_IN_TRITON if name == "triton" else set())


@pytest.mark.parametrize("name", ["orchestrator", "triton"])
def test_no_torch_where_none_is_needed(name: str) -> None:
    assert "torch" not in closure(requirements(ROOT / "pyproject.toml", EXTRAS[name]))


@pytest.mark.parametrize("extras", [*EXTRAS.values(), ["serving", "easyocr"]], ids="+".join)
def test_constraints_pin_all_that_is_asked_for(extras: list[str]) -> None:
    pinned = {line.partition("==")[0] for line in CONSTRAINTS.splitlines()}
    for text in requirements(ROOT / "pyproject.toml", extras):
        assert canonicalize_name(Requirement(text).name) in pinned, text


def test_its_code_is_for_the_containers_python(tree: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--target-version=py312",
         "--select=E9", str(tree)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert not imported(tree.rglob("*.py")) & REMOVED_IN_3_12


def test_the_decoders_process_finds_its_code_without_the_environment(tmp_path: Path) -> None:
    image = Image(ROOT / "deploy/orchestrator/Dockerfile")
    work = image.stage(tmp_path)
    (place,) = [found.value for found in image.last_stage if "feedlens.pth" in found.value]
    root = re.match(r"echo (\S+) > ", place)
    assert root is not None
    assert root[1] == image.last("WORKDIR").value
    assert "python -I -c 'import decoding.reading'" in place
    assert (work / "decoding" / "__main__.py").is_file()


def test_the_supervisor_finds_our_backends_in_their_place(tmp_path: Path) -> None:
    Image(ROOT / "deploy/triton/Dockerfile").stage(tmp_path)
    root = tmp_path / "opt" / "tritonserver"
    built_in = sorted(root.glob("backends/*/model.py"))
    before = [path.stat().st_mtime_ns for path in built_in]
    # What NVIDIA's image brings.
    for part in ("bin/tritonserver", "backends/python/triton_python_backend_stub"):
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        (root / part).touch()
    (root / "backends" / "onnxruntime").mkdir()

    backends = Distribution.of_system(root).prepare_backends(tmp_path)

    assert [path.parent.name for path in built_in] == ["image", "tokenizer"]
    assert backends == root / "backends"
    assert sorted(root.glob("backends/*/model.py")) == built_in
    assert [path.stat().st_mtime_ns for path in built_in] == before
