from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer

from export import made_pictures, made_texts
from export.errors import BadUsage
from export.evaluation_inputs import LEAST, Folder, for_part, read_folder
from export.parts import Part

IMAGE = Part("clip_image", torch.nn.Identity(), [{"image": torch.zeros(1, 24, 32, 3)}], {}, 512)


@pytest.fixture(scope="module")
def text_part(repository: Path) -> Part:
    tokenizer = Tokenizer.from_file(str(repository / "text_tokenizer/1/tokenizer.json"))
    return Part("text_encoder", torch.nn.Identity(), [], {}, 384, 256, tokenizer=tokenizer)


def test_made_captions_differ_and_come_from_twenty_topics() -> None:
    captions = made_texts.captions(320)
    assert len(set(captions)) == 320
    assert captions == made_texts.captions(320)
    assert captions != made_texts.captions(320, seed=1)
    assert [caption.startswith("leg day: ") for caption in captions[:20]].count(True) == 1


def test_made_pictures_differ_and_are_the_same_at_every_call() -> None:
    pictures = [made_pictures.picture(index) for index in range(20)]
    assert {(picture.size, picture.mode) for picture in pictures} == {((256, 256), "RGB")}
    assert len({picture.tobytes() for picture in pictures}) == 20
    assert made_pictures.picture(13).tobytes() == pictures[13].tobytes()


def test_without_a_folder_inputs_are_made(text_part: Part) -> None:
    texts, pictures = for_part(text_part, read_folder(None)), for_part(IMAGE, Folder())
    assert (texts.name, texts.count, texts.made) == ("made captions", 320, True)
    assert (pictures.name, pictures.count, pictures.made) == ("made pictures", 200, True)
    assert pictures.batch(199)["image"].shape == (1, 24, 32, 3)
    assert pictures.batch(199)["image"].dtype == torch.uint8


def test_texts_are_padded_as_serving_pads_them(text_part: Part) -> None:
    batch = for_part(text_part, Folder(captions=["a cat"])).batch(0)
    assert batch["input_ids"].tolist() == [[101, 1037, 4937, 102, *[0] * 12]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1, *[0] * 12]]


def test_padding_ends_at_the_longest_that_the_model_takes(repository: Path) -> None:
    tokenizer = Tokenizer.from_file(str(repository / "clip_tokenizer/1/tokenizer.json"))
    part = Part("clip_text", torch.nn.Identity(), [], {}, 512, max_tokens=77, tokenizer=tokenizer)
    inputs = for_part(part, Folder(captions=["many more words " * 40]))
    assert inputs.batch(0)["input_ids"].shape == (1, 77)


def test_folder_of_captions_and_pictures(tmp_path: Path, text_part: Part) -> None:
    (tmp_path / "deep").mkdir()
    lines = [f"caption {index}" for index in range(LEAST)]
    (tmp_path / "a.txt").write_text("\n".join(["caption 0", " ", *lines]), encoding="utf-8")
    entries = ["plain", {"caption": "first key", "text": "no"}, {"text": "second key"}]
    (tmp_path / "deep/b.jsonl").write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    for index in range(LEAST):
        # Wide: red, and green where the middle is cut out.
        wide = Image.new("RGB", (60 + index, 24), "red")
        wide.paste("lime", (10, 0, 50 + index, 24))
        wide.save(tmp_path / "deep" / f"{index:03}.PNG")
    folder = read_folder(tmp_path)
    assert folder.captions == [*lines, "plain", "first key", "second key"]
    texts, pictures = for_part(text_part, folder), for_part(IMAGE, folder)
    assert (texts.name, texts.count, texts.made) == ("captions", LEAST + 3, False)
    assert (pictures.name, pictures.count, pictures.made) == ("pictures", LEAST, False)
    np.testing.assert_array_equal(
        pictures.batch(0)["image"][0], np.full((24, 32, 3), (0, 255, 0), dtype=np.uint8)
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"one\ntwo\n", "holds 2 captions; at least 50"),
        ("a.txt", b"\xff\xfe", "can't read the captions"),
        ("a.jsonl", b"{", "a line that is no JSON"),
        ("a.jsonl", b'{"title": "x"}', "neither a string nor a caption"),
        ("a.jpg", b"", "holds 1 pictures; at least 50"),
        ("a.csv", b"x", "holds neither pictures nor"),
    ],
)
def test_folder_that_tells_nothing_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadUsage, match=said):
        read_folder(tmp_path)


def test_missing_folder_and_broken_picture_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="nowhere is no folder"):
        read_folder(tmp_path / "nowhere")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(BadUsage, match=r"can't read the picture .*broken\.png"):
        for_part(IMAGE, Folder(pictures=[broken])).batch(0)
