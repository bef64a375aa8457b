from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from transformers import CLIPTokenizer, CLIPTokenizerFast

from export.bpe import train_clip_tokenizer

WORDS = ["photo", "photograph", "cat", "cats", "category", "dog", "dogs", "the", "then", "there"]
TEXTS = ["", "A photo of THE cat's", "日本 🎉 ærø", "3 dogs & 12 cats!!", "  spaces\n\tand tabs "]


@pytest.fixture(scope="module")
def trained() -> CLIPTokenizer:
    return train_clip_tokenizer(WORDS, size=560, max_tokens=77)


def test_special_tokens_come_last_and_wrap_the_text(trained: CLIPTokenizer) -> None:
    ids = trained("cat").input_ids
    start, end = trained.bos_token_id, trained.eos_token_id
    assert end == len(trained) - 1 == start + 1
    assert ids[0] == start
    assert ids[-1] == end


def test_words_learned_are_single_tokens_that_end_with_the_suffix(trained: CLIPTokenizer) -> None:
    assert trained.tokenize("The CAT") == ["the</w>", "cat</w>"]


@pytest.mark.parametrize("text", TEXTS)
def test_no_byte_is_unknown(trained: CLIPTokenizer, text: str) -> None:
    # CLIP's unknown token is its end of text: it would cut the vector off at that place.
    assert trained(text).input_ids.count(trained.eos_token_id) == 1


@pytest.mark.parametrize("text", TEXTS)
def test_clip_tokenizer_built_from_vocabulary_and_merges_agrees(
    repository: Path, clip_folder: Path, tmp_path: Path, text: str
) -> None:
    exported = Tokenizer.from_file(str(repository / "clip_tokenizer/1/tokenizer.json"))
    exported.no_padding()
    vocab, merges = exported.model.save(str(tmp_path))
    rebuilt = CLIPTokenizerFast(vocab, merges)
    assert exported.encode(text).ids == rebuilt(text).input_ids


def test_same_words_give_the_same_tokenizer_in_another_process(trained: CLIPTokenizer) -> None:
    code = (
        "from export.bpe import train_clip_tokenizer;"
        f"print(train_clip_tokenizer({WORDS!r}, 560, 77).backend_tokenizer.to_str(), end='')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == trained.backend_tokenizer.to_str()
