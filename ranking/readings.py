"""Whether two readings by OCR are of the same text."""

_MAX_RUN = 2
_ANCHOR = 3
_CHARACTERS_PER_ERROR = 10


def letters(text: str) -> str:
    """What of a text counts: its letters and digits, whatever their case."""
    return "".join(filter(str.isalnum, text.casefold()))


def read_alike(one: str, other: str) -> bool:
    """Whether two texts, as `letters` gives them, differ by no more than OCR misreads; symmetric.

    They are walked in step. Where they differ, at most two characters of each may be passed over
    until three in a row agree again (`rn` for `m`, a letter lost), one error for each character
    of the longer side, one error in ten characters in all. A digit may be read as a letter, never
    as another digit or not at all: posters differ in a date or a price. Another word is another
    text, and so is a text beside none.
    """
    if one == other:
        return True
    errors_left = max(len(one), len(other)) // _CHARACTERS_PER_ERROR
    if abs(len(one) - len(other)) > errors_left:
        return False
    one, other = sorted((one, other))
    i = j = 0
    while i < len(one) or j < len(other):
        if one[i : i + 1] == other[j : j + 1]:
            i, j = i + 1, j + 1
            continue
        run = _difference(one[i:], other[j:])
        if run is None:
            return False
        errors_left -= max(run)
        if errors_left < 0:
            return False
        i, j = i + run[0], j + run[1]
    return True


_RUNS = sorted(
    ((i, j) for i in range(_MAX_RUN + 1) for j in range(_MAX_RUN + 1) if i or j),
    key=lambda run: (max(run), run),
)


def _difference(one: str, other: str) -> tuple[int, int] | None:
    """How much of each side to pass over until they agree; None where they do not."""
    for i, j in _RUNS:
        if i > len(one) or j > len(other):
            continue
        agree = one[i : i + _ANCHOR] == other[j : j + _ANCHOR]
        if agree and _may_be_misread(one[:i], other[:j]):
            return i, j
    return None


def _may_be_misread(one: str, other: str) -> bool:
    digits_in_one, digits_in_other = (any(map(str.isdigit, side)) for side in (one, other))
    if digits_in_one and digits_in_other:
        return False
    return len(one) == len(other) or not (digits_in_one or digits_in_other)
