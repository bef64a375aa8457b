"""Instances × threads = cores, whatever the machine; an override wins."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import SettingsError
from serving.model_config import read_config
from serving.repository import read_repository
from serving.settings import TritonSettings
from serving.tuning import Layout, fit, layout_of, load_configs, parse_layouts
from tests.support.exporting import ROOT
from tests.support.hollow import write_hollow_repository

MODELS = ROOT / "model_repository"
LAID_OUT = (
    "clip_image", "clip_preprocess", "clip_text", "ocr", "text_encoder", "vit_legacy",
    "vit_preprocess",
)  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hollow_repository(tmp_path_factory.mktemp("tuning") / "repository")


def settings(cores: int, layout: str = "") -> TritonSettings:
    return TritonSettings(model_repository=MODELS, cores=cores, layout=layout)


@pytest.mark.parametrize(
    ("cores", "layout"),
    [
        (1, "2x1"), (2, "2x1"), (3, "3x1"), (4, "4x1"), (8, "8x1"), (12, "6x2"), (16, "8x2"),
        (20, "5x4"), (24, "8x3"), (32, "8x4"), (48, "8x6"), (64, "8x8"), (96, "8x12"),
    ],
)  # fmt: skip
def test_instances_grow_to_the_cap_and_then_threads(cores: int, layout: str) -> None:
    assert str(fit(cores, 8)) == layout


@given(st.integers(1, 512), st.integers(1, 64))
def test_the_cores_are_used_and_never_exceeded(cores: int, cap: int) -> None:
    layout = fit(cores, cap)
    used = layout.instances * layout.threads
    assert 2 <= layout.instances <= max(2, cap)
    assert used <= max(2, cores)
    # Whatever divides is found; else less than one thread an instance stays idle.
    assert cores - used < layout.instances
    if cores <= cap:
        assert used == max(2, cores)


@pytest.mark.parametrize("cores", [1, 2, 7, 16, 64])
@pytest.mark.parametrize("model", LAID_OUT)
def test_every_computing_model_of_the_repository_is_laid_out(model: str, cores: int) -> None:
    layout = layout_of(read_config(MODELS / model / "config.pbtxt"), cores)
    assert 0.85 * cores <= layout.instances * layout.threads <= max(2, cores)
    assert layout.instances >= 2


def loaded(repository: Path, cores: int, layout: str = "", variant: str = "cpu") -> dict[str, str]:
    """instances × threads of every model, as Triton is told them."""
    configs = load_configs(read_repository(repository), variant, settings(cores, layout))
    found = {}
    for name, text in configs.items():
        config = json.loads(text)
        parameters = config.get("parameters", {})
        threads = parameters.get("intra_op_thread_count") or parameters.get("thread_count")
        counts = [group["count"] for group in config.get("instance_group", [])]
        if counts:
            threads_text = threads["string_value"] if threads else "1"
            found[name] = "+".join(f"{count}x{threads_text}" for count in counts)
    return found


def test_two_cores_are_what_the_files_say(repository: Path) -> None:
    found = loaded(repository, 2)
    assert set(found.values()) == {"2x1"}
    assert set(LAID_OUT) < set(found)


def test_sixteen_cores(repository: Path) -> None:
    found = loaded(repository, 16)
    assert found["clip_image"] == found["vit_legacy"] == found["ocr"] == "8x2"
    assert found["text_encoder"] == found["clip_text"] == "4x4"
    assert found["clip_preprocess"] == found["vit_preprocess"] == "2x8"
    assert found["text_tokenizer"] == found["model_card"] == "2x1"
    assert "image_embedding" not in found


def test_an_override_wins_for_its_model_alone(repository: Path) -> None:
    found = loaded(repository, 8, "text_encoder=2x4, clip_image=3x1")
    assert (found["text_encoder"], found["clip_image"]) == ("2x4", "3x1")
    assert (found["clip_text"], found["vit_legacy"]) == ("4x2", "8x1")


@pytest.mark.parametrize("variant", ["gpu", "tensorrt"])
def test_on_a_gpu_only_what_runs_on_the_cpu_is_laid_out(variant: str, repository: Path) -> None:
    found = loaded(repository, 8, variant=variant)
    assert found["clip_preprocess"] == "2x4"
    assert found["clip_image"] == found["text_encoder"] == "2x1"


def test_the_repositorys_own_files_stay_as_they_are(repository: Path) -> None:
    config = repository / "clip_image/config.pbtxt"
    before = config.read_bytes()
    loaded(repository, 64)
    assert config.read_bytes() == before


def test_layouts_are_parsed() -> None:
    assert parse_layouts(" a=2x1,b_c = 3x16 ,") == {"a": Layout(2, 1), "b_c": Layout(3, 16)}
    assert parse_layouts("") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("clip_image", "'clip_image' is not <model>=<instances>x<threads>, such as clip_image=2x1"),
        ("a=0x1", "'a=0x1' is not"),
        ("a=2", "'a=2' is not"),
        ("a=2x1,a=3x2", "names a twice"),
        ("a=1x2", "'a=1x2': with one instance requests can wait 500 ms; the least is 2"),
    ],
)
def test_a_layout_that_is_none_names_its_variable(text: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_layouts(text)
    assert str(caught.value).startswith(f"FEEDLENS_TRITON_LAYOUT: {reason}")


@pytest.mark.parametrize(
    ("variant", "layout", "reason"),
    [
        ("cpu", "clip=2x1", "clip is no model in the variant cpu; models with a layout: clip_"),
        ("cpu", "text_tokenizer=2x1", "text_tokenizer has no threads on the CPU in the variant"),
        ("cpu", "image_embedding=2x1", "image_embedding has no threads on the CPU"),
        ("gpu", "clip_image=2x1", "clip_image has no threads on the CPU in the variant gpu"),
    ],
)
def test_a_layout_of_no_such_model_names_its_variable(
    variant: str, layout: str, reason: str, repository: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(repository, 2, layout, variant)
    assert str(caught.value).startswith(f"FEEDLENS_TRITON_LAYOUT: {reason}")
