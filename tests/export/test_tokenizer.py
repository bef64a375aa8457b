from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer, CLIPTokenizer

from export.tokenizer import to_file_format


@pytest.mark.parametrize(("family", "max_tokens"), [("clip", 77), ("text", 256)])
def test_file_cuts_at_the_model_s_length_and_keeps_the_end_token(
    repository: Path, family: str, max_tokens: int
) -> None:
    tokenizer = Tokenizer.from_file(str(repository / f"{family}_tokenizer/1/tokenizer.json"))
    short, long = tokenizer.encode("word"), tokenizer.encode("word " * 2000)
    assert len(long.ids) == max_tokens
    assert long.ids[-1] == short.ids[-1]


@pytest.mark.parametrize("family", ["clip", "text"])
def test_file_pads_to_the_longest_and_masks_the_padding(repository: Path, family: str) -> None:
    tokenizer = Tokenizer.from_file(str(repository / f"{family}_tokenizer/1/tokenizer.json"))
    short, long = tokenizer.encode_batch(["word", "many more words than that"])
    assert len(short.ids) == len(long.ids)
    real = sum(short.attention_mask)
    assert short.attention_mask == [1] * real + [0] * (len(long.ids) - real)
    assert tokenizer.padding is not None
    assert set(short.ids[real:]) == {tokenizer.padding["pad_id"]}


def test_folder_with_vocabulary_and_merges_alone_gives_the_same_ids(
    clip_folder: Path, tmp_path: Path
) -> None:
    """As openai/clip-vit-base-patch32 and its copies often lie on a disk."""
    whole = to_file_format(AutoTokenizer.from_pretrained(clip_folder), 77)
    shutil.copy(clip_folder / "config.json", tmp_path)
    model = json.loads(whole.to_str())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in model["merges"])])
    (tmp_path / "merges.txt").write_text(merges + "\n", encoding="utf-8")

    rebuilt = to_file_format(AutoTokenizer.from_pretrained(tmp_path), 77)

    texts = ["", "A photo of THE cat's", "日本 🎉", "word " * 200]
    expected = [encoding.ids for encoding in whole.encode_batch(texts)]
    assert [encoding.ids for encoding in rebuilt.encode_batch(texts)] == expected


def test_tokenizer_without_padding_token_is_refused() -> None:
    tokenizer = CLIPTokenizer()
    tokenizer.pad_token = None
    with pytest.raises(ValueError, match="no padding token"):
        to_file_format(tokenizer, 77)
