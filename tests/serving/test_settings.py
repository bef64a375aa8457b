"""Settings: environment, arguments, and the variant that they choose."""

import pytest
from pydantic import ValidationError

from serving.settings import TritonSettings, Variant, environment_name


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in TritonSettings.model_fields:
        monkeypatch.delenv(environment_name(field), raising=False)


def test_the_defaults_are_the_documented_ports() -> None:
    settings = TritonSettings()
    assert (settings.http_port, settings.grpc_port, settings.metrics_port) == (8100, 8101, 8102)
    assert (settings.variant, settings.debug) == ("cpu", False)


def test_the_environment_is_read_and_an_argument_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_TRITON_HTTP_PORT", "9000")
    monkeypatch.setenv("FEEDLENS_TRITON_GRPC_PORT", "9001")
    monkeypatch.setenv("DEBUG", "true")
    settings = TritonSettings(grpc_port=9999)
    assert (settings.http_port, settings.grpc_port, settings.debug) == (9000, 9999, True)


def test_use_gpu_chooses_the_variant_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USE_GPU", "true")
    assert TritonSettings().variant == "gpu"
    assert TritonSettings(model_config_name="tensorrt").variant == "tensorrt"
    assert TritonSettings(model_config_name="cpu").variant == "cpu"


@pytest.mark.parametrize(
    ("use_gpu", "named", "reason"),
    [
        (True, None, "USE_GPU=true chose the variant gpu"),
        (True, "gpu", ""),
        (True, "tensorrt", ""),
        (False, None, ""),
    ],
)
def test_what_chose_the_variant_is_told_unless_it_was_named(
    use_gpu: bool, named: Variant | None, reason: str
) -> None:
    assert TritonSettings(use_gpu=use_gpu, model_config_name=named).variant_reason == reason


def test_a_bad_value_names_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_TRITON_HTTP_PORT", "70000")
    with pytest.raises(ValidationError) as caught:
        TritonSettings()
    (detail,) = caught.value.errors()
    assert environment_name(str(detail["loc"][0])) == "FEEDLENS_TRITON_HTTP_PORT"


def test_every_field_has_its_environment_name() -> None:
    assert environment_name("use_gpu") == "USE_GPU"
    assert environment_name("debug") == "DEBUG"
    assert environment_name("run_folder") == "FEEDLENS_TRITON_RUN_FOLDER"
