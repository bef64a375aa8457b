"""Where commands look for the service, and what they say where it is not."""

import pytest

from orchestrator.experiments.__main__ import main as experiments
from orchestrator.generations.__main__ import main as generations
from orchestrator.settings import Settings
from tests.support.triton import free_ports


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),  # noqa: S104
        ("::", "http://[::1]:8123"),
        ("feeds.example", "http://feeds.example:8123"),
    ],
)
def test_the_address_of_the_settings(host: str, url: str) -> None:
    assert Settings(host=host, port=8123).url == url


@pytest.mark.parametrize(("command", "word"), [(generations, "list"), (experiments, "report")])
def test_commands_ask_where_the_settings_say(
    command: object,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert callable(command)
    (port,) = free_ports(1)
    monkeypatch.setenv("FEEDLENS_PORT", str(port))
    assert command([word]) == 2
    told = capsys.readouterr().err
    assert f"http://127.0.0.1:{port}/" in told
    assert told.endswith("; name the service with --url\n")


@pytest.mark.parametrize(("command", "word"), [(generations, "list"), (experiments, "report")])
def test_a_bad_setting_is_one_line(
    command: object,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert callable(command)
    monkeypatch.setenv("FEEDLENS_PORT", "none")
    assert command([word]) == 2
    told = capsys.readouterr().err
    assert "setting FEEDLENS_PORT: " in told
    assert told.count("\n") == 1
