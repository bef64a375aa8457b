"""The words of a post: in its picture, and in all."""

from collections.abc import Sequence

from orchestrator.inference.models import TextLine


def text_of(lines: Sequence[TextLine]) -> str:
    """What OCR read, in reading order."""
    return "\n".join(line.text for line in lines)


def words_of(caption: str | None, ocr_text: str) -> str:
    """What a text vector is of: caption and OCR text together; empty where both are."""
    return "\n".join(filter(None, [caption, ocr_text]))
