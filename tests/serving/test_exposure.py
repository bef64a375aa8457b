"""Model control is for who holds the admin key, and nothing risky is offered to other machines."""

import http.client
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import tritonclient.grpc as grpc_client
from pydantic import SecretStr, ValidationError
from tritonclient.utils import InferenceServerException

from serving.control import ADMIN_HEADER
from serving.distribution import Distribution
from serving.errors import SettingsError
from serving.exposure import check_exposure, restrictions
from serving.server import TritonServer
from serving.settings import TritonSettings
from tests.support.triton import settings_for

_KEY = "a,key=with:signs"
_EVERYWHERE = IPv4Address("0.0.0.0")  # noqa: S104 - it is refused
_WHEEL = Distribution.of_wheel()
_SYSTEM = replace(_WHEEL, is_wheel=False)


@pytest.fixture(scope="module")
def guarded(
    exported_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TritonServer]:
    """A server with an admin key, which its own launcher uses: else it would not start."""
    folder = tmp_path_factory.mktemp("guarded")
    repository = folder / "model_repository"
    (repository / "clip_image/1").mkdir(parents=True)
    card = exported_repository / "clip_image/1/fingerprint.json"
    (repository / "clip_image/1/fingerprint.json").symlink_to(card)
    (repository / "model_card").symlink_to(exported_repository / "model_card")
    settings = settings_for(repository, folder / "run")
    with TritonServer(settings.model_copy(update={"admin_key": SecretStr(_KEY)})) as server:
        server.wait_ready()
        yield server


def status(server: TritonServer, method: str, path: str, key: str | None = None) -> int:
    connection = http.client.HTTPConnection(server.http_url, timeout=10)
    headers = {ADMIN_HEADER: key} if key is not None else {}
    connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
    answer = connection.getresponse().status
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/repository/models/model_card/load"),
        ("POST", "/v2/repository/models/model_card/unload"),
        ("POST", "/v2/repository/index"),
        ("GET", "/v2/logging"),
        ("GET", "/v2/trace/setting"),
        ("GET", "/v2/systemsharedmemory/status"),
        ("GET", "/v2/cudasharedmemory/status"),
    ],
)
def test_http_asks_for_the_key(method: str, path: str, guarded: TritonServer) -> None:
    assert status(guarded, method, path) == 403
    assert status(guarded, method, path, "another") == 403
    if "models/" not in path:
        assert status(guarded, method, path, _KEY) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/model_card",
        "/v2/models/model_card/ready",
        "/v2/models/model_card/config",
        "/v2/models/model_card/stats",
    ],
)
def test_what_callers_need_is_open(path: str, guarded: TritonServer) -> None:
    assert status(guarded, "GET", path) == 200


def test_grpc_asks_for_the_key(guarded: TritonServer) -> None:
    client = grpc_client.InferenceServerClient(guarded.grpc_url)
    for call in (
        lambda: client.load_model("model_card"),
        lambda: client.unload_model("model_card"),
        client.get_model_repository_index,
        client.get_log_settings,
        client.get_trace_settings,
        client.get_system_shared_memory_status,
    ):
        with pytest.raises(InferenceServerException, match="restricted"):
            call()
    index = client.get_model_repository_index({f"triton-grpc-protocol-{ADMIN_HEADER}": _KEY})
    assert "model_card" in {model.name for model in index.models}
    client.close()


def test_models_do_not_inherit_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_TRITON_ADMIN_KEY", _KEY)
    assert _KEY not in _WHEEL.environment().values()


def test_the_key_is_not_in_the_log(guarded: TritonServer) -> None:
    assert _KEY not in guarded.log_path.read_text()


def test_without_a_key_nothing_is_restricted() -> None:
    assert restrictions(TritonSettings(admin_key=None)) == []


def test_another_address_wants_a_key() -> None:
    check_exposure(TritonSettings(address=IPv4Address("127.0.0.2")), _WHEEL)
    check_exposure(TritonSettings(address=_EVERYWHERE, admin_key=SecretStr(_KEY)), _SYSTEM)
    with pytest.raises(SettingsError) as caught:
        check_exposure(TritonSettings(address=_EVERYWHERE, admin_key=None), _SYSTEM)
    assert str(caught.value).startswith(
        "FEEDLENS_TRITON_ADDRESS=0.0.0.0 needs FEEDLENS_TRITON_ADMIN_KEY: "
    )


def test_the_wheel_never_leaves_loopback() -> None:
    settings = TritonSettings(address=_EVERYWHERE, admin_key=SecretStr(_KEY))
    with pytest.raises(SettingsError, match="the wheel has known vulnerabilities"):
        check_exposure(settings, _WHEEL)


@pytest.mark.parametrize("key", ["", "two words", "schlüssel", "new\nline"])
def test_a_key_that_no_header_carries_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="printable ASCII"):
        TritonSettings(admin_key=SecretStr(key))
