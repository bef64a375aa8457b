"""A transformers tokenizer as the `tokenizers` library's own file."""

from __future__ import annotations

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast


def to_file_format(tokenizer: PreTrainedTokenizerFast, max_tokens: int) -> Tokenizer:
    """A copy of the backend tokenizer that truncates to `max_tokens` and pads to the longest.

    Raises ValueError when the tokenizer has no padding token.
    """
    if tokenizer.pad_token is None:
        raise ValueError("its tokenizer has no padding token")
    copy = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    copy.enable_truncation(max_length=max_tokens, direction=tokenizer.truncation_side)
    copy.enable_padding(
        pad_id=tokenizer.pad_token_id,
        pad_token=tokenizer.pad_token,
        pad_type_id=tokenizer.pad_token_type_id,
        direction=tokenizer.padding_side,
    )
    return copy
