"""A tokenizer in CLIP's form from a list of words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

_END_OF_WORD = "</w>"
_SPECIAL_TOKENS = ("<|startoftext|>", "<|endoftext|>")


def train_clip_tokenizer(words: Sequence[str], size: int, max_tokens: int) -> CLIPTokenizer:
    """Byte-level BPE of at most `size` tokens, numbered as CLIP numbers them: the bytes, the bytes
    that end a word, the merges in their order, start of text, end of text.

    The same words give the same tokenizer. transformers' own CLIPTokenizer supplies normalizer,
    pre-tokenizer and post-processor.
    """
    letters = sorted(ByteLevel.alphabet())
    symbols = [*letters, *(letter + _END_OF_WORD for letter in letters)]
    merges = _learn_merges(words, symbols, size - len(_SPECIAL_TOKENS))
    merged = dict.fromkeys(left + right for left, right in merges)
    tokens = [*symbols, *merged, *_SPECIAL_TOKENS]
    return CLIPTokenizer(
        vocab={token: index for index, token in enumerate(tokens)},
        merges=merges,
        model_max_length=max_tokens,
    )


def _learn_merges(words: Sequence[str], symbols: Sequence[str], size: int) -> list[tuple[str, str]]:
    trainer = BpeTrainer(
        vocab_size=size,
        show_progress=False,
        end_of_word_suffix=_END_OF_WORD,
        # Numbered up front: the trainer breaks ties by number and would draw these from a hash map.
        special_tokens=list(symbols),
    )
    backend = CLIPTokenizer().backend_tokenizer
    backend.train_from_iterator(words, trainer)
    return [(left, right) for left, right in json.loads(backend.to_str())["model"]["merges"]]
