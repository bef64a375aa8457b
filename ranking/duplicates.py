"""Which posts are the same content: the same file, or copies of one picture or of one video.

Two pictures, or two videos, are copies where all three agree: their perceptual hashes, their
visual vectors, and the text in them (`ranking.readings`). The hash finds them, the vector clears
it of chance, the text tells what is made on one template apart. A video is no copy of a picture,
though its hash is that of one of its frames: who has seen the one has not seen the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.readings import letters, read_alike
from ranking.types import Vector

_BITS = 64
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Print:
    """What a post's content is known by.

    `perceptual_hash` is of 64 bits, None where there is no picture, or none with structure; that of
    a video is of the frame that stands for it. `text` is what OCR read. `visual` is a unit vector
    [d].
    """

    media_id: str
    content_hash: str | None
    perceptual_hash: int | None
    text: str
    visual: Vector | None
    is_video: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateParameters:
    """How near copies are: bits that differ at most, cosine at least.

    Raises ValueError for bits outside [0, 64] or a cosine outside [-1, 1].
    """

    max_hamming: int = 6
    min_cosine: float = 0.95

    def __post_init__(self) -> None:
        if not 0 <= self.max_hamming <= _BITS:
            raise ValueError(f"max_hamming must be in [0, {_BITS}], not {self.max_hamming}")
        if not -1.0 <= self.min_cosine <= 1.0:
            raise ValueError(f"min_cosine must be in [-1, 1], not {self.min_cosine}")


def groups(prints: Sequence[Print], parameters: DuplicateParameters) -> list[tuple[int, ...]]:
    """Positions in `prints` of the same content, a group of two or more each; chains join.

    Members stand by media id, groups by their first member's.
    """
    rows, columns = _copies(prints, prints, parameters, once=True)
    first: dict[str, int] = {}
    files = [
        (position, earliest)
        for position, item in enumerate(prints)
        if item.content_hash is not None
        and (earliest := first.setdefault(item.content_hash, position)) != position
    ]
    same = np.array(files, dtype=np.intp).reshape(-1, 2)
    rows, columns = np.concatenate([rows, same[:, 0]]), np.concatenate([columns, same[:, 1]])
    labels = _components(len(prints), rows, columns).tolist()
    joined = np.union1d(rows, columns).tolist()
    members: dict[int, list[int]] = {}
    for position in sorted(joined, key=lambda position: prints[position].media_id):
        members.setdefault(labels[position], []).append(position)
    return [tuple(positions) for positions in members.values()]


def alike(
    prints: Sequence[Print], others: Sequence[Print], parameters: DuplicateParameters
) -> NDArray[np.bool_]:
    """Which of `prints` is the same content as any of `others`, [n]; each by itself, no chains."""
    files = {other.content_hash for other in others} - {None}
    same = np.array([item.content_hash in files for item in prints], dtype=np.bool_)
    rows, _ = _copies(prints, others, parameters)
    same[rows] = True
    return same


def _copies(
    prints: Sequence[Print],
    others: Sequence[Print],
    parameters: DuplicateParameters,
    *,
    once: bool = False,
) -> tuple[Positions, Positions]:
    """Positions of pairs that are copies of one picture; with `once` the first stands before."""
    left, right = _pictures(prints), _pictures(others)
    # Signs agree in 64 − h places and differ in h: the product is 64 − 2 h.
    agreement = _signs(prints, left) @ _signs(others, right).T
    of_a_kind = _videos(prints, left)[:, None] == _videos(others, right)
    rows, columns = np.nonzero((agreement >= _BITS - 2 * parameters.max_hamming) & of_a_kind)
    rows, columns = left[rows], right[columns]
    if once:
        rows, columns = rows[rows < columns], columns[rows < columns]
    near = _near(prints, others, rows, columns, parameters.min_cosine)
    rows, columns = rows[near], columns[near]
    alike_in_text = _same_text(prints, others, rows, columns)
    return rows[alike_in_text], columns[alike_in_text]


def _pictures(prints: Sequence[Print]) -> Positions:
    return np.array(
        [
            position
            for position, item in enumerate(prints)
            if item.perceptual_hash is not None and item.visual is not None
        ],
        dtype=np.intp,
    )


def _videos(prints: Sequence[Print], positions: Positions) -> NDArray[np.bool_]:
    return np.array([prints[i].is_video for i in positions.tolist()], dtype=np.bool_)


def _signs(prints: Sequence[Print], positions: Positions) -> NDArray[np.float32]:
    """The hashes' bits as ±1, [n, 64]."""
    hashes = np.array([prints[i].perceptual_hash for i in positions.tolist()], dtype=np.uint64)
    bits = np.unpackbits(hashes.view(np.uint8)).reshape(-1, _BITS)
    return bits.astype(np.float32) * 2 - 1


def _near(
    prints: Sequence[Print],
    others: Sequence[Print],
    rows: Positions,
    columns: Positions,
    min_cosine: float,
) -> NDArray[np.bool_]:
    """Which pairs have visual vectors of at least this cosine."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    left, row_of = np.unique(rows, return_inverse=True)
    right, column_of = np.unique(columns, return_inverse=True)
    cosines = _vectors(prints, left) @ _vectors(others, right).T
    near: NDArray[np.bool_] = cosines[row_of, column_of] >= min_cosine
    return near


def _vectors(prints: Sequence[Print], positions: Positions) -> NDArray[np.float32]:
    """The visual vectors of posts that have one, [n, d]."""
    vectors = [prints[i].visual for i in positions.tolist()]
    return np.stack([vector for vector in vectors if vector is not None])


def _same_text(
    prints: Sequence[Print], others: Sequence[Print], rows: Positions, columns: Positions
) -> NDArray[np.bool_]:
    """Which pairs read alike; each pair of texts is compared once."""
    left, right = _letters(prints, rows), _letters(others, columns)
    texts = list(dict.fromkeys([*left.values(), *right.values()]))
    codes = {text: code for code, text in enumerate(texts)}
    left_codes = np.array([codes[left[i]] for i in rows.tolist()], dtype=np.intp)
    right_codes = np.array([codes[right[i]] for i in columns.tolist()], dtype=np.intp)
    pairs, pair_of = np.unique(left_codes * len(texts) + right_codes, return_inverse=True)
    compared = [
        read_alike(texts[pair // len(texts)], texts[pair % len(texts)]) for pair in pairs.tolist()
    ]
    same: NDArray[np.bool_] = np.array(compared, dtype=np.bool_)[pair_of]
    return same


def _letters(prints: Sequence[Print], positions: Positions) -> dict[int, str]:
    return {i: letters(prints[i].text) for i in set(positions.tolist())}


def _components(count: int, rows: Positions, columns: Positions) -> Positions:
    """The least position that each of `count` positions is joined with by pairs, [count]."""
    labels = np.arange(count)
    while True:
        least = np.minimum(labels[rows], labels[columns])
        joined = labels.copy()
        np.minimum.at(joined, rows, least)
        np.minimum.at(joined, columns, least)
        joined = joined[joined]
        if np.array_equal(joined, labels):
            return labels
        labels = joined
