"""What the `ocr` model is told, by its configuration and by the environment."""

from pathlib import Path

import pytest

from serving.ocr.settings import OcrSettings


def test_nothing_given_is_rapidocr_in_english() -> None:
    settings = OcrSettings.read({})
    assert settings == OcrSettings()
    assert (settings.engine, settings.languages, settings.min_confidence) == (
        "rapidocr", ("en",), 0.0,
    )  # fmt: skip
    assert (settings.max_side_px, settings.detection_side_px) == (2000, 640)


def test_every_setting_is_read_from_the_parameters() -> None:
    assert OcrSettings.read(
        {
            "engine": "easyocr",
            "languages": "en, fr,en",
            "min_confidence": "0.25",
            "max_side_px": "1000",
            "detection_side_px": "320",
            "thread_count": "2",
            "max_pixels": "100",
            "checkpoint_folder": "/weights",
            "download": "true",
            "max_instances": "4",
        }
    ) == OcrSettings("easyocr", ("en", "fr"), 0.25, 1000, 320, 2, 100, Path("/weights"), True)


def test_the_environment_wins_and_an_empty_text_is_none() -> None:
    parameters = {"engine": "rapidocr", "max_side_px": "1000", "checkpoint_folder": " "}
    environment = {"FEEDLENS_OCR_ENGINE": "easyocr", "FEEDLENS_OCR_MAX_SIDE_PX": ""}
    settings = OcrSettings.read(parameters, environment)
    assert (settings.engine, settings.max_side_px) == ("easyocr", 1000)
    assert settings.checkpoint_folder is None


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("engine", "tesseract", "it is one of: rapidocr, easyocr"),
        ("languages", "en,,fr", "it is a list of language codes with commas between"),
        ("min_confidence", "1.1", "it is a number from 0 to 1"),
        ("min_confidence", "nan", "it is a number from 0 to 1"),
        ("min_confidence", "high", "it is a number from 0 to 1"),
        ("max_side_px", "31", "it is a whole number of at least 32"),
        ("detection_side_px", "640.0", "it is a whole number of at least 32"),
        ("thread_count", "-1", "it is a whole number of at least 1"),
        ("max_pixels", "1_000", "it is a whole number of at least 1"),
        ("download", "perhaps", "it is true or false"),
    ],
)
def test_a_bad_value_is_refused_by_its_key(name: str, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^parameter '{name}' is '{text}'; {reason}"):
        OcrSettings.read({name: text})
    variable = f"FEEDLENS_OCR_{name.upper()}"
    with pytest.raises(ValueError, match=f"^{variable} is '{text}'; {reason}"):
        OcrSettings.read({}, {variable: text})
