"""`docker-compose.yml`: its schema, its hardening and its variables."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import compose
from tests.support.compose import seconds
from tests.support.images import ROOT

SERVICES = compose.services()
SERVING = ("triton", "triton-gpu")


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
        "redis": ["redis"],
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
    assert service["restart"] == "unless-stopped"
    health = service["healthcheck"]
    assert health["test"][0] == "CMD"
    assert seconds(health["timeout"]) <= seconds(health["interval"])


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_the_hosts_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


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
