"""Texts -> token ids and attention masks, by an exported `tokenizer.json`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from serving.backends.errors import InvalidInputError

# Equal lengths batch in a text encoder: texts of 3 and of 12 tokens both become 16 long.
TOKEN_MULTIPLE = 16

Tokens = npt.NDArray[np.int64]


class TextTokenizer:
    """Truncates at the exported length and pads to the next multiple of 16 below it.

    Raises:
        ValueError: the file sets no truncation or no padding; the message names it.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ValueError(f"{path} is missing")
        self._tokenizer = Tokenizer.from_file(str(path))
        truncation, padding = self._tokenizer.truncation, self._tokenizer.padding
        if truncation is None or padding is None:
            raise ValueError(f"{path} sets no truncation or no padding")
        if padding["direction"] != "right":
            raise ValueError(
                f"{path} pads on the {padding['direction']}; text encoders here need the right"
            )
        self._max_tokens = int(truncation["max_length"])
        self._pad_id = int(padding["pad_id"])
        self._tokenizer.no_padding()

    @property
    def max_tokens(self) -> int:
        """The longest sequence, special tokens included."""
        return self._max_tokens

    def encode(self, texts: Sequence[bytes]) -> tuple[Tokens, Tokens]:
        """Tokenises UTF-8 texts.

        Returns:
            `input_ids` and `attention_mask`, each INT64 [len(texts), tokens].

        Raises:
            InvalidInputError: a text is not UTF-8.
        """
        encodings = self._tokenizer.encode_batch([_text(data) for data in texts])
        ids = [encoding.ids for encoding in encodings]
        shape = len(ids), self._padded_length(max(map(len, ids)))
        input_ids = np.full(shape, self._pad_id, dtype=np.int64)
        attention_mask = np.zeros(shape, dtype=np.int64)
        for row, tokens in enumerate(ids):
            input_ids[row, : len(tokens)] = tokens
            attention_mask[row, : len(tokens)] = 1
        return input_ids, attention_mask

    def _padded_length(self, length: int) -> int:
        multiples = max(1, -(-length // TOKEN_MULTIPLE))
        return min(multiples * TOKEN_MULTIPLE, self._max_tokens)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"the text is not UTF-8 at byte {error.start}") from error
