"""Tokenising: truncation, padding to multiples of 16, masks, and texts that are no text."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from serving.backends.errors import InvalidInputError
from serving.backends.tokenizer.tokenization import TextTokenizer

PAD, BEGIN, END, UNKNOWN, CAT = range(5)
MAX_TOKENS = 40


def word_tokenizer() -> Tokenizer:
    vocabulary = {"[PAD]": PAD, "[B]": BEGIN, "[E]": END, "[U]": UNKNOWN, "cat": CAT}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[U]"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[B] $A [E]", special_tokens=[("[B]", BEGIN), ("[E]", END)]
    )
    return tokenizer


@pytest.fixture
def tokenizer(tmp_path: Path) -> TextTokenizer:
    made = word_tokenizer()
    made.enable_truncation(MAX_TOKENS)
    made.enable_padding(pad_id=PAD, pad_token="[PAD]", length=MAX_TOKENS)  # noqa: S106
    made.save(str(tmp_path / "tokenizer.json"))
    return TextTokenizer(tmp_path / "tokenizer.json")


def test_a_short_text_is_padded_to_sixteen(tokenizer: TextTokenizer) -> None:
    input_ids, attention_mask = tokenizer.encode([b"cat dog"])
    assert input_ids.tolist() == [[BEGIN, CAT, UNKNOWN, END] + [PAD] * 12]
    assert attention_mask.tolist() == [[1] * 4 + [0] * 12]
    assert {str(input_ids.dtype), str(attention_mask.dtype)} == {"int64"}


@pytest.mark.parametrize(
    ("words", "tokens"), [(0, 16), (14, 16), (15, 32), (30, 32), (31, 40), (38, 40), (500, 40)]
)
def test_lengths_are_multiples_of_sixteen_up_to_the_limit(
    words: int, tokens: int, tokenizer: TextTokenizer
) -> None:
    input_ids, attention_mask = tokenizer.encode([b"cat " * words])
    assert input_ids.shape == (1, tokens)
    assert attention_mask.sum() == min(words + 2, MAX_TOKENS)


def test_a_truncated_text_keeps_its_end_token(tokenizer: TextTokenizer) -> None:
    input_ids, _ = tokenizer.encode([b"cat " * 500])
    assert input_ids[0, -1] == END


def test_texts_of_one_request_share_a_length(tokenizer: TextTokenizer) -> None:
    input_ids, attention_mask = tokenizer.encode([b"cat", b"cat " * 20])
    assert input_ids.shape == (2, 32)
    assert attention_mask.sum(axis=1).tolist() == [3, 22]


def test_text_that_is_not_utf8_is_refused(tokenizer: TextTokenizer) -> None:
    with pytest.raises(InvalidInputError, match="not UTF-8 at byte 4"):
        tokenizer.encode([b"cat \xff"])


def test_a_file_without_truncation_or_padding_is_refused(tmp_path: Path) -> None:
    word_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ValueError, match="sets no truncation or no padding"):
        TextTokenizer(tmp_path / "tokenizer.json")


def test_padding_on_the_left_is_refused(tmp_path: Path) -> None:
    made = word_tokenizer()
    made.enable_truncation(MAX_TOKENS)
    made.enable_padding(direction="left")
    made.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ValueError, match="pads on the left"):
        TextTokenizer(tmp_path / "tokenizer.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tokenizer\.json is missing"):
        TextTokenizer(tmp_path / "tokenizer.json")
