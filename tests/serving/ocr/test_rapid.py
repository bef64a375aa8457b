"""RapidOCR in this process: it needs no network, and reads what is drawn."""

import socket

import pytest
from rapidocr import RapidOCR

from serving.ocr.engines import open_engine
from serving.ocr.rapid import LANGUAGES
from serving.ocr.settings import OcrSettings
from tests.support.ocr import easyocr_alphabets
from tests.support.pictures import drawn_text


def test_its_models_are_on_this_machine_already(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("RapidOCR wants the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    (line,) = open_engine(OcrSettings()).read(drawn_text(("OFFLINE", (100, 200))))
    assert line.text == "OFFLINE"
    assert line.confidence > 0.9
    assert (line.box.shape, str(line.box.dtype)) == ((4, 2), "float32")
    assert line.left == pytest.approx(100, abs=15)
    assert line.top < 230 < line.bottom


def test_a_language_that_its_models_can_not_read_is_refused() -> None:
    with pytest.raises(ValueError, match=r"can't read 'ru, th' of 'languages'; engine 'easyocr'"):
        open_engine(OcrSettings(languages=("en", "ru", "th")))


def test_its_languages_are_those_whose_letters_its_recogniser_knows() -> None:
    recogniser = RapidOCR(params={"Global.log_level": "critical"})._load_rec_model()
    known = set(recogniser.postprocess_op.character)
    alphabets = easyocr_alphabets()
    # A rare character or two may lack of the thousands of Chinese and Japanese, none of others.
    readable = {
        code for code, letters in alphabets.items() if len(letters - known) <= 0.003 * len(letters)
    }
    assert readable - {"ch_pin"} == LANGUAGES
