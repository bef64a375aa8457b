"""Whether a post lives by its picture or video, by its words, or by both.

| content type | when                                                                           |
|--------------|--------------------------------------------------------------------------------|
| `text_only`  | no picture; or a picture of text: coverage ≥ 0.35 and ≥ 25 words               |
| `aesthetic`  | no text to speak of: < 2 words or coverage < 0.01; or < 6 words in a picture   |
|              | that its caption describes (alignment ≥ 0.6), such as a photograph with a sign |
| `meme`       | ≥ 3 words that cover ≥ 0.04, unless the caption describes the picture          |
| `mixed`      | everything else                                                                |

Coverage is the share of the picture's area inside text boxes, words are those of its lines. Of a
video, coverage is the mean over its sampled frames, each with all of its lines, and words are those
of its distinct lines: a line that stands throughout covers every frame, and is read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ContentType = Literal["meme", "aesthetic", "mixed", "text_only"]

PAGE_COVERAGE = 0.35
PAGE_WORDS = 25
NO_TEXT_COVERAGE = 0.01
NO_TEXT_WORDS = 2
SIGN_WORDS = 6
MEME_COVERAGE = 0.04
MEME_WORDS = 3
DESCRIBED_ALIGNMENT = 0.6


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the decision rests on; `alignment` is None without a caption."""

    has_picture: bool
    text_coverage: float
    word_count: int
    alignment: float | None


def content_type(evidence: Evidence) -> ContentType:
    """Decide by the table above, first row that fits."""
    coverage, words = evidence.text_coverage, evidence.word_count
    if not evidence.has_picture or (coverage >= PAGE_COVERAGE and words >= PAGE_WORDS):
        return "text_only"
    if words < NO_TEXT_WORDS or coverage < NO_TEXT_COVERAGE:
        return "aesthetic"
    described = evidence.alignment is not None and evidence.alignment >= DESCRIBED_ALIGNMENT
    if described:
        return "aesthetic" if words < SIGN_WORDS else "mixed"
    return "meme" if words >= MEME_WORDS and coverage >= MEME_COVERAGE else "mixed"


def text_coverage(boxes: Sequence[Sequence[tuple[float, float]]], width: int, height: int) -> float:
    """Share of a picture of `width` × `height` pixels inside `boxes`, at most 1.

    A box is a polygon of (x, y) corners; its area is by the shoelace formula. Lines of text hardly
    overlap, so areas are added up.
    """
    return min(1.0, sum(map(_area, boxes)) / (width * height))


def _area(box: Sequence[tuple[float, float]]) -> float:
    following = [*box[1:], *box[:1]]
    return (
        abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(box, following, strict=True))) / 2
    )
