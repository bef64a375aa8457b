import pytest

from orchestrator.errors import StartupError
from orchestrator.settings import load_settings


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_PORT", "9001")
    monkeypatch.setenv("FEEDLENS_WEIGHTS__VISUAL", "0.5")
    monkeypatch.setenv("DEBUG", "true")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.debug is True
    assert (settings.weights.visual, settings.weights.text) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("FEEDLENS_PORT", "70000"),
        ("FEEDLENS_WEIGHTS__VISUAL", "-1"),
        ("FEEDLENS_SIGNALS__HALF_LIFE_HOURS", "0"),
        ("FEEDLENS_DEADLINE_S", "soon"),
        ("DEBUG", "perhaps"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_its_key(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(StartupError) as caught:
        load_settings()
    named = caught.value.detail.removeprefix("setting ").split(":")[0]
    assert named
    assert key.startswith(named)
