"""Names and numbers that `docker-compose.yml` repeats from the tree: each is held to its source."""

import re

import pytest
from pydantic import AliasChoices

import orchestrator.__main__ as orchestrator_entry
from orchestrator.settings import Settings
from serving.model_config import read_config
from serving.ocr.settings import ENVIRONMENT_PREFIX, OcrSettings
from serving.settings import TritonSettings, environment_name
from tests.support import compose
from tests.support.compose import seconds
from tests.support.images import ROOT, Image

SERVICES = compose.services()
SERVING = ("triton", "triton-gpu")
BUILT = [name for name, service in SERVICES.items() if "build" in service]
# What others than Feedlens read.
FOREIGN = {
    "CUDA_CACHE_PATH",
    "HF_HUB_CACHE",
    "HOME",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "TMPDIR",
    "USER",
}


def built_from(name: str) -> Image:
    """The image that a service is built from."""
    return Image(ROOT / SERVICES[name]["build"]["dockerfile"])


def environment(name: str) -> dict[str, str]:
    """What a container of the service finds in its environment."""
    image = built_from(name).environment() if name in BUILT else {}
    return {**image, **SERVICES[name].get("environment", {})}


@pytest.mark.parametrize("name", SERVING)
def test_tritons_ports_are_the_settings_own(name: str) -> None:
    fields = (TritonSettings.model_fields[f"{kind}_port"] for kind in ("http", "grpc", "metrics"))
    assert [port.split(":")[-1] for port in SERVICES[name]["ports"]] == [
        str(field.default) for field in fields
    ]


def test_the_orchestrator_finds_either_triton() -> None:
    host, port = SERVICES["orchestrator"]["environment"]["FEEDLENS_TRITON_URL"].split(":")
    assert int(port) == TritonSettings.model_fields["grpc_port"].default
    assert host in SERVICES
    assert SERVICES["triton-gpu"]["networks"]["default"]["aliases"] == [host]
    waited_for = SERVICES["orchestrator"]["depends_on"]
    assert waited_for.keys() == {*SERVING, "qdrant", "redis"}
    assert not any(condition["required"] for condition in waited_for.values())
    (published,) = SERVICES["orchestrator"]["ports"]
    assert published.endswith(f":{Settings.model_fields['port'].default}")


@pytest.mark.parametrize("name", BUILT)
def test_every_environment_name_is_a_setting(name: str) -> None:
    known = {
        *(environment_name(field) for field in TritonSettings.model_fields),
        *(f"{ENVIRONMENT_PREFIX}{field.upper()}" for field in OcrSettings.__dataclass_fields__),
    }
    if name == "orchestrator":
        known = {f"FEEDLENS_{field.upper()}" for field in Settings.model_fields}
        for field in Settings.model_fields.values():
            if isinstance(field.validation_alias, AliasChoices):
                known |= set(map(str, field.validation_alias.choices))
    outer = {variable.partition("__")[0] for variable in environment(name)}
    assert outer - FOREIGN <= known


def test_serving_reads_the_environment_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, variant in (("triton", "cpu"), ("triton-gpu", "gpu")):
        for key, value in environment(name).items():
            if key not in FOREIGN:
                monkeypatch.setenv(key, value)
        settings = TritonSettings()
        assert settings.variant == variant
        assert str(settings.address) == "0.0.0.0"  # noqa: S104 - inside the container
        assert settings.distribution == "system"
        assert settings.admin_key is not None
        assert (
            settings.admin_key.get_secret_value() == compose.REQUIRED["FEEDLENS_TRITON_ADMIN_KEY"]
        )
        assert settings.stop_grace_s + 10 <= seconds(SERVICES[name]["stop_grace_period"])
        health = SERVICES[name]["healthcheck"]
        assert settings.start_timeout_s <= seconds(health["start_period"])


def test_the_orchestrator_has_time_to_stop() -> None:
    grace_s = orchestrator_entry._GRACE_S
    assert grace_s < seconds(SERVICES["orchestrator"]["stop_grace_period"])


@pytest.mark.parametrize("variant", ["config.pbtxt", "configs/gpu.pbtxt", "configs/tensorrt.pbtxt"])
def test_shared_memory_holds_a_full_batch_for_every_python_model(variant: str) -> None:
    largest = Settings.model_fields["max_body_bytes"].default
    configs = [read_config(path) for path in ROOT.glob(f"model_repository/*/{variant}")]
    pictures = sum(
        config.max_batch_size * sum(group.count for group in config.instance_group)
        for config in configs
        if config.backend in ("image", "python") and config.input[0].name == "bytes"
    )
    assert {SERVICES[name]["shm_size"] for name in SERVING} == {"4gb"}
    assert 0 < pictures * largest < 4 * 2**30


def test_uploads_wait_on_a_disk_and_not_in_memory() -> None:
    folder = environment("orchestrator")["TMPDIR"]
    assert f"spool:{folder}" in SERVICES["orchestrator"]["volumes"]
    assert not [mount for mount in SERVICES["orchestrator"]["tmpfs"] if mount.startswith(folder)]


def test_volumes_are_declared_and_folders_are_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount.split(":")[0] for mount in mounts if isinstance(mount, str)}
    assert named == compose.raw()["volumes"].keys()
    for mount in mounts:
        if not isinstance(mount, str):
            assert (ROOT / mount["source"]).is_dir()
            assert not mount["bind"]["create_host_path"]


@pytest.mark.parametrize("name", ["triton", "triton-gpu", "export"])
def test_the_model_repository_is_mounted_where_the_code_looks(name: str) -> None:
    work = built_from(name).last("WORKDIR").value
    default = TritonSettings.model_fields["model_repository"].default
    (mount,) = [mount for mount in SERVICES[name]["volumes"] if not isinstance(mount, str)]
    assert mount["target"] == f"{work}/{default}"
    # Only the export writes it.
    assert mount.get("read_only", False) is (name != "export")


@pytest.mark.parametrize("name", BUILT)
def test_images_prepare_the_folders_of_their_volumes(name: str) -> None:
    prepared = [found.value for found in built_from(name).last_stage if found.name == "RUN"]
    for mount in SERVICES[name]["volumes"]:
        if isinstance(mount, str):
            target = mount.split(":")[1]
            assert any(re.search(rf"install .*{target}\b", run) for run in prepared), target


def test_engines_are_cached_in_their_volume() -> None:
    paths = {
        value
        for path in ROOT.glob("model_repository/*/configs/tensorrt.pbtxt")
        for accelerator in read_config(
            path
        ).optimization.execution_accelerators.gpu_execution_accelerator
        for key, value in accelerator.parameters.items()
        if key.endswith("cache_path")
    }
    mounted = {mount.split(":")[1] for mount in SERVICES["triton-gpu"]["volumes"] if ":" in mount}
    assert paths
    assert paths <= mounted


def test_the_gpu_is_reserved_and_its_image_carries_easyocr() -> None:
    (device,) = SERVICES["triton-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "1", "capabilities": ["gpu"]}
    assert SERVICES["triton-gpu"]["build"]["args"] == {"EXTRAS": "serving easyocr"}
    assert SERVICES["triton"]["build"]["args"] == {"EXTRAS": "serving"}


def test_qdrant_is_the_release_of_its_client() -> None:
    image = SERVICES["qdrant"]["image"]
    (minor,) = re.findall(
        r"^qdrant-client==(\d+\.\d+)\.", (ROOT / "constraints.txt").read_text(), re.M
    )
    assert re.fullmatch(rf"qdrant/qdrant:v{re.escape(minor)}\.\d+-unprivileged", image)
