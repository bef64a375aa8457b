"""The fingerprints of a model repository, by model."""

from collections.abc import Mapping
from pathlib import Path

from serving.backends.errors import InvalidInputError

_FINGERPRINTS = "*/[0-9]*/fingerprint.json"


def read_cards(repository: Path) -> dict[str, bytes]:
    """Every `<model>/<version>/fingerprint.json` of the repository, the highest version each.

    Raises:
        ValueError: there is none at all.
    """
    paths = sorted(repository.glob(_FINGERPRINTS), key=lambda path: int(path.parent.name))
    if not paths:
        raise ValueError(f"no fingerprint.json in {repository}; `python -m export` writes them")
    return {path.parent.parent.name: path.read_bytes() for path in paths}


def find_card(cards: Mapping[str, bytes], name: bytes) -> bytes:
    """The card of the model `name`.

    Raises:
        InvalidInputError: the repository has no fingerprint of that model.
    """
    model = name.decode("utf-8", errors="replace")
    if model not in cards:
        raise InvalidInputError(f"no card of '{model[:80]}'; there are: {', '.join(sorted(cards))}")
    return cards[model]


def models_with_cards(repository: Path) -> list[str]:
    """The models of the repository that have a fingerprint, by name."""
    return sorted({path.parent.parent.name for path in repository.glob(_FINGERPRINTS)})
