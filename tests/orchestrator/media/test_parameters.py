from ipaddress import ip_network
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.media.parameters import MediaParameters
from orchestrator.settings import load_settings


def test_nothing_is_fetched_unless_it_is_named() -> None:
    assert (MediaParameters().folder, MediaParameters().allowed_hosts) == (None, ())


def test_lists_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_MEDIA__FOLDER", "/srv/media")
    monkeypatch.setenv("FEEDLENS_MEDIA__ALLOWED_HOSTS", "cdn.example.com,*.example.org")
    monkeypatch.setenv("FEEDLENS_MEDIA__PRIVATE_NETWORKS", "10.0.0.0/8,fd00::/8")
    media = load_settings().media
    assert media.folder == Path("/srv/media")
    assert media.allowed_hosts == ("cdn.example.com", "*.example.org")
    assert media.networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def test_an_empty_list_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_MEDIA__ALLOWED_HOSTS", "")
    monkeypatch.setenv("FEEDLENS_MEDIA__PRIVATE_NETWORKS", "")
    media = load_settings().media
    assert (media.allowed_hosts, media.networks) == ((), ())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ALLOWED_HOSTS", "https://cdn.example.com", "is no host name; leave out scheme, port"),
        ("ALLOWED_HOSTS", "cdn.example.com:8080", "is no host name"),
        ("ALLOWED_HOSTS", "*", "is no host name"),
        ("PRIVATE_NETWORKS", "10.0.0.1/8", "private_networks: 10.0.0.1/8 has host bits set"),
        ("MAX_BYTES", "0", "max_bytes must be above 0"),
        ("TIMEOUT_S", "nan", "timeout_s must be above 0"),
        ("ALOWED_HOSTS", "cdn.example.com", "unknown 'alowed_hosts'"),
    ],
)
def test_what_can_not_be_meant_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"FEEDLENS_MEDIA__{name}", value)
    with pytest.raises(StartupError, match=message):
        load_settings()
