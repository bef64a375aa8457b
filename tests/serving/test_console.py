"""The line that shows what is waited for."""

from io import StringIO

from serving.console import WaitingLine


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_live_line() -> None:
    out = Terminal()
    line = WaitingLine(out)
    line(("clip_image", "ocr"), 0.2)
    line(("clip_image", "ocr"), 0.3)
    line(("ocr",), 12.4)
    line.clear()
    assert out.getvalue().replace("\r\x1b[2K", "|") == (
        "|waiting for: clip_image, ocr (0 s)|waiting for: ocr (12 s)|"
    )


def test_elsewhere_a_plain_line_comes_now_and_then() -> None:
    out = StringIO()
    line = WaitingLine(out)
    for elapsed_s in (0.5, 1.9, 2.1, 3.0, 6.9, 7.2, 9.0):
        line(("ocr",), elapsed_s)
    line((), 20.0)
    line.clear()
    assert out.getvalue() == "waiting for: ocr (2 s)\nwaiting for: ocr (7 s)\n"
