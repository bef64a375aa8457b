"""`docker-compose.yml`: its schema, its hardening, and every name and number that it repeats."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import orchestrator.__main__ as orchestrator_entry
from orchestrator.settings import Settings
from serving.model_config import read_config
from serving.ocr.settings import ENVIRONMENT_PREFIX, OcrSettings
from serving.settings import TritonSettings, environment_name
from tests.support import compose
from tests.support.images import ROOT, Image

SERVICES = compose.services()
SERVING = ("triton", "triton-gpu")
BUILT = [name for name, service in SERVICES.items() if "build" in service]
UNITS_S = {"s": 1, "m": 60}
FOREIGN = {
    "CUDA_CACHE_PATH",
    "HF_HUB_CACHE",
    "HOME",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
}


def seconds(duration: str) -> int:
    """A duration of one unit, such as 40s."""
    return int(duration[:-1]) * UNITS_S[duration[-1]]


def built_from(name: str) -> Image:
    """The image that a service is built from."""
    return Image(ROOT / SERVICES[name]["build"]["dockerfile"])


def environment(name: str) -> dict[str, str]:
    """What a container of the service finds in its environment."""
    image = built_from(name).environment() if name in BUILT else {}
    return {**image, **SERVICES[name].get("environment", {})}


def test_it_is_what_the_specification_allows() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    checked = subprocess.run(
        [str(checker), "--builtin-schema", "vendor.compose-spec", str(compose.COMPOSE_FILE)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert "version" not in compose.raw()


def test_profiles() -> None:
    assert {name: service["profiles"] for name, service in SERVICES.items()} == {
        "triton": ["cpu"],
        "triton-gpu": ["gpu"],
        "orchestrator": ["cpu", "gpu"],
        "export": ["export"],
        "qdrant": ["qdrant"],
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert not service.keys() & {"privileged", "cap_add", "pid", "ipc", "network_mode"}
    assert service.get("read_only", False) or name in SERVING


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"export"}))
def test_every_server_restarts_and_tells_its_health(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] in ("unless-stopped", "on-failure:3")
    health = service["healthcheck"]
    assert health["test"][0] == "CMD"
    assert seconds(health["timeout"]) <= seconds(health["interval"])


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_the_hosts_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


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
    assert SERVICES["orchestrator"]["depends_on"] == {
        name: {"condition": "service_healthy", "required": False} for name in SERVING
    }
    (published,) = SERVICES["orchestrator"]["ports"]
    assert published.endswith(f":{Settings.model_fields['port'].default}")


@pytest.mark.parametrize("name", BUILT)
def test_every_environment_name_is_a_setting(name: str) -> None:
    known = {
        *(environment_name(field) for field in TritonSettings.model_fields),
        *(f"{ENVIRONMENT_PREFIX}{field.upper()}" for field in OcrSettings.__dataclass_fields__),
    }
    if name == "orchestrator":
        known = {*(f"FEEDLENS_{field.upper()}" for field in Settings.model_fields), "DEBUG"}
    assert environment(name).keys() - FOREIGN <= known


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


@pytest.mark.parametrize("name", SERVING)
def test_shared_memory_holds_a_full_batch_for_every_python_model(name: str) -> None:
    largest = Settings.model_fields["max_body_bytes"].default
    configs = [read_config(path) for path in ROOT.glob("model_repository/*/config.pbtxt")]
    pictures = sum(
        config.max_batch_size * sum(group.count for group in config.instance_group)
        for config in configs
        if config.backend in ("image", "python") and config.input[0].name == "bytes"
    )
    assert SERVICES[name]["shm_size"] == "1gb"
    assert 0 < pictures * largest < 2**30


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


@pytest.mark.parametrize("value", [None, ""])
def test_without_an_admin_key_nothing_starts(value: str | None) -> None:
    given = {} if value is None else {"FEEDLENS_TRITON_ADMIN_KEY": value}
    with pytest.raises(compose.VariableRefusedError, match="FEEDLENS_TRITON_ADMIN_KEY: set it"):
        compose.services(given)


def test_only_the_admin_key_refuses_every_profile() -> None:
    required = [variable.name for variable in compose.variables() if variable.default is None]
    assert required == ["FEEDLENS_TRITON_ADMIN_KEY"]


def test_the_example_names_every_variable_and_its_default() -> None:
    text = (ROOT / "deploy" / ".env.example").read_text()
    pairs = dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", text, re.M))
    assert pairs.pop("COMPOSE_PROFILES") == "cpu"
    assert pairs == {variable.name: variable.default or "" for variable in compose.variables()}
    # What must be set stands there uncommented, and empty.
    assert "\nFEEDLENS_TRITON_ADMIN_KEY=\n" in text
    assert "\nQDRANT_API_KEY=\n" in text


def test_settings_of_ones_own_are_optional_files() -> None:
    files: list[dict[str, Any]] = [
        file for service in SERVICES.values() for file in service.get("env_file", [])
    ]
    assert {file["path"] for file in files} == {"deploy/orchestrator.env", "deploy/triton.env"}
    assert not any(file["required"] for file in files)
