"""RapidOCR in this process: it needs no network, and reads what is drawn."""

import socket

import pytest

from serving.ocr.engines import open_engine
from tests.support.pictures import drawn_text


def test_its_models_are_on_this_machine_already(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("RapidOCR wants the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    (line,) = open_engine("rapidocr", thread_count=1).read(drawn_text(("OFFLINE", (100, 200))))
    assert line.text == "OFFLINE"
    assert line.confidence > 0.9
    assert (line.box.shape, str(line.box.dtype)) == ((4, 2), "float32")
    assert line.left == pytest.approx(100, abs=15)
    assert line.top < 230 < line.bottom


def test_an_unknown_engine_names_those_that_exist() -> None:
    with pytest.raises(ValueError, match="'engine' is 'easyocr'; the engines are: rapidocr"):
        open_engine("easyocr", thread_count=1)
