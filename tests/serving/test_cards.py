"""Fingerprints by model, the highest version of each."""

from pathlib import Path

import pytest

from serving.backends.errors import InvalidInputError
from serving.cards import find_card, models_with_cards, read_cards


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for place, text in {"b/1": "old", "b/10": "new", "b/9": "older", "a/1": "{}"}.items():
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "fingerprint.json").write_text(text)
    return tmp_path


def test_the_highest_version_counts(repository: Path) -> None:
    assert read_cards(repository) == {"a": b"{}", "b": b"new"}
    assert models_with_cards(repository) == ["a", "b"]


def test_an_unknown_model_is_the_callers_fault(repository: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no card of 'c\ufffd'; there are: a, b"):
        find_card(read_cards(repository), b"c\xff")


def test_a_repository_without_fingerprints_says_what_writes_them(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no fingerprint\.json in .*`python -m export`"):
        read_cards(tmp_path)
