"""EasyOCR's files: which ones are needed, those that lack, and EasyOCR's own download."""

import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.ocr.engines import open_engine
from serving.ocr.settings import OcrSettings
from tests.support import torchvision_schemas
from tests.support.ocr import CHECKPOINTS
from tests.support.pictures import drawn_text

torchvision_schemas.define()

from easyocr import config  # noqa: E402 - importable once the schemas are defined

from serving.ocr.checkpoints import needed_checkpoints  # noqa: E402

DETECTOR, ENGLISH = "craft_mlt_25k.pth", "english_g2.pth"


@pytest.fixture(autouse=True)
def _environment_left_alone() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    ("languages", "recogniser"),
    [
        (["en"], ENGLISH),
        (["en", "fr"], "latin_g2.pth"),
        (["ru"], "cyrillic_g2.pth"),
        (["ch_sim", "en"], "zh_sim_g2.pth"),
        (["th"], "thai.pth"),
        (["bn"], "bengali.pth"),
    ],
)
def test_languages_need_the_detector_and_one_recogniser(
    languages: list[str], recogniser: str, tmp_path: Path
) -> None:
    needed = needed_checkpoints(languages, tmp_path)
    assert [checkpoint.file_name for checkpoint in needed] == [DETECTOR, recogniser]


@pytest.mark.parametrize(
    ("languages", "reason"),
    [
        (("en", "klingon"), r"refuses 'languages' en, klingon: \{'klingon'\} is not supported"),
        (("ja", "ko"), "refuses 'languages' ja, ko: Japanese is only compatible with English"),
    ],
)
def test_languages_that_it_can_not_read_together_are_refused(
    languages: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        open_engine(
            OcrSettings(engine="easyocr", languages=languages, checkpoint_folder=CHECKPOINTS)
        )


def test_an_offline_folder_must_hold_every_file(tmp_path: Path) -> None:
    settings = OcrSettings(engine="easyocr", checkpoint_folder=tmp_path / "weights")
    with pytest.raises(ValueError, match=f"{tmp_path}/weights lacks {DETECTOR}, {ENGLISH}: put"):
        open_engine(settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("download", [False, True])
def test_a_file_that_is_not_easyocrs_own_is_refused_and_kept(
    download: bool, tmp_path: Path
) -> None:
    (tmp_path / DETECTOR).symlink_to(CHECKPOINTS / DETECTOR)
    (tmp_path / ENGLISH).write_bytes(b"mine")
    settings = OcrSettings(engine="easyocr", checkpoint_folder=tmp_path, download=download)
    with pytest.raises(ValueError, match=f"{ENGLISH} is not EasyOCR's own: its MD5 is not 5864"):
        open_engine(settings)
    assert (tmp_path / ENGLISH).read_bytes() == b"mine"


def test_its_own_download_fills_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = {DETECTOR: config.detection_models["craft"]}
    models[ENGLISH] = config.recognition_models["gen2"]["english_g2"]
    for name, model in models.items():
        archive = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(archive, "w") as files:
            files.write(CHECKPOINTS / name, name)
        monkeypatch.setitem(model, "url", archive.as_uri())
    folder = tmp_path / "weights"
    settings = OcrSettings(
        engine="easyocr", checkpoint_folder=folder, download=True, detection_side_px=160
    )
    (line,) = open_engine(settings).read(drawn_text(("HELLO", (10, 30)), size=(200, 120)))
    assert line.text == "HELLO"
    assert {path.name for path in folder.glob("*.pth")} == {DETECTOR, ENGLISH}


def test_a_download_that_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = (tmp_path / "nowhere.zip").as_uri()
    monkeypatch.setitem(config.detection_models["craft"], "url", nowhere)
    settings = OcrSettings(engine="easyocr", checkpoint_folder=tmp_path / "weights", download=True)
    with pytest.raises(ValueError, match=r"can't get its checkpoints: .*No such file"):
        open_engine(settings)


def test_a_whole_folder_that_nobody_may_write_to_is_good_enough_for_a_download(
    tmp_path: Path,
) -> None:
    for name in (DETECTOR, ENGLISH):
        (tmp_path / name).symlink_to(CHECKPOINTS / name)
    before, modules_from = sorted(tmp_path.iterdir()), list(sys.path)
    open_engine(OcrSettings(engine="easyocr", checkpoint_folder=tmp_path, download=True))
    assert sorted(tmp_path.iterdir()) == before
    assert sys.path == modules_from


def test_an_instance_for_a_gpu_does_not_fall_back_to_the_cpu() -> None:
    settings = OcrSettings(engine="easyocr", checkpoint_folder=CHECKPOINTS)
    with pytest.raises(ValueError, match="the instance is for GPU 99, but torch sees no GPU"):
        open_engine(settings, gpu=99)
