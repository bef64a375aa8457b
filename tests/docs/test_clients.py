"""Every example of docs/clients.md, and those of the README that are marked, run as they stand."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.models.binary import CACHE, find_binary
from tests.support.pictures import drawn_text, encoded
from tests.support.triton import ServedTriton

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "docs/clients.md", ROOT / "README.md")
BLOCK = re.compile(r"^<!-- run: ([^\n]+) -->\n```(python|sh)\n(.*?)^```$", re.M | re.S)
FENCE = re.compile(r"^```\w+$", re.M)
WORDS = "HELLO FEEDLENS"
PICTURE = encoded(drawn_text((WORDS, (60, 80))), "JPEG", quality=95)
# An example that goes on from another one.
AFTER = {"perf_analyzer": "an input file for perf_analyzer"}


@dataclass(frozen=True)
class Example:
    document: str
    name: str
    language: str
    code: str

    def run(self, folder: Path, served: ServedTriton) -> str:
        """Runs it in the folder against the served ports; what it prints."""
        code = self.code.replace("localhost:8100", served.http_url)
        code = code.replace("localhost:8101", served.grpc_url)
        programs = {"python": [sys.executable, "-c"], "sh": ["bash", "-euo", "pipefail", "-c"]}
        done = subprocess.run(
            [*programs[self.language], code],
            cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout


EXAMPLES = [
    Example(path.name, *found.groups())
    for path in DOCUMENTS
    for found in BLOCK.finditer(path.read_text("utf-8"))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader would stand: a picture, and the repository's cache."""
    made = tmp_path_factory.mktemp("clients")
    (made / "PICTURE.jpg").write_bytes(PICTURE)
    find_binary(ROOT / CACHE)
    (made / ".cache").symlink_to(ROOT / ".cache")
    return made


def dimension(served: ServedTriton, model: str) -> int:
    card = json.loads((served.repository / model / "1/fingerprint.json").read_text())
    return int(card["dimension"])


def of_unit_norm(numbers: object, length: int) -> None:
    vector = np.asarray(numbers, dtype=np.float64)
    assert vector.shape == (length,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


def outputs(file: Path) -> list[dict[str, Any]]:
    """The tensors of a binary answer, with their bytes as `raw`."""
    answer = file.read_bytes()
    header, end = json.JSONDecoder().raw_decode(answer.decode("latin-1"))
    found: list[dict[str, Any]] = header["outputs"]
    for output in found:
        size = output["parameters"]["binary_data_size"]
        output["raw"] = answer[end : end + size]
        end += size
    assert end == len(answer)
    return found


def picture_in_python(printed: str, folder: Path, served: ServedTriton) -> None:
    length, norm = printed.split()
    assert int(length) == dimension(served, "clip_image")
    assert float(norm) == pytest.approx(1.0, abs=1e-4)


def picture_and_text_with_curl(printed: str, folder: Path, served: ServedTriton) -> None:
    *numbers, answer = printed.splitlines()
    of_unit_norm([float(number) for line in numbers for number in line.split()], 512)
    (output,) = json.loads(answer)["outputs"]
    of_unit_norm(output["data"], dimension(served, "text_encoder"))


def every_model_in_python(printed: str, folder: Path, served: ServedTriton) -> None:
    text = dimension(served, "text_encoder")
    http, grpc = printed.split("tritonclient.grpc\n")
    first, *lines = http.splitlines()
    assert first == "tritonclient.http"
    assert lines == grpc.splitlines()
    assert lines[:8] == [
        "image_embedding (1, 512)",
        "legacy_embedding (1, 768)",
        f"text_embedding (1, {text})",
        "clip_text_embedding (1, 512)",
        "clip_preprocess (1, 224, 224, 3) clip_image (1, 512)",
        "vit_preprocess (1, 224, 224, 3) vit_legacy (1, 768)",
        "clip_tokenizer (1, 16) clip_text (1, 512)",
        f"text_tokenizer (1, 16) text_encoder (1, {text})",
    ]
    assert re.fullmatch(rf"ocr {WORDS} (0\.[89]\d?|1\.0) \[\[.*\]\]", lines[8])
    card = json.loads("".join(lines[9:]).removeprefix("model_card "))
    assert (card["model"], card["dimension"]) == ("clip_image", 512)


def batch_refusal_deadline(printed: str, folder: Path, served: ServedTriton) -> None:
    nearer, refusal = printed.splitlines()
    assert nearer == "nearer: True"
    assert refusal.startswith("StatusCode.INVALID_ARGUMENT")
    assert "the text is not UTF-8 at byte 3" in refusal


def raw_with_curl(printed: str, folder: Path, served: ServedTriton) -> None:
    of_unit_norm([float(number) for number in printed.split()], 512)
    for model in ("image_embedding", "legacy_embedding", "text_embedding", "clip_text_embedding"):
        (output,) = outputs(folder / f"{model}.bin")
        of_unit_norm(np.frombuffer(output["raw"], "<f4"), output["shape"][1])
    for model in ("clip_preprocess", "vit_preprocess"):
        (output,) = outputs(folder / f"{model}.bin")
        assert output["shape"] == [1, 224, 224, 3]
        # The text is black on a light picture.
        assert np.frombuffer(output["raw"], np.uint8).mean() > 200
    for model in ("text_tokenizer", "clip_tokenizer"):
        ids, mask = outputs(folder / f"{model}.bin")
        assert ids["shape"] == mask["shape"] == [1, 16]
        assert 7 <= np.frombuffer(mask["raw"], "<i8").sum() <= 9
    text, *_ = outputs(folder / "ocr.bin")
    assert text["raw"][4:] == WORDS.encode()


def ocr_as_json(printed: str, folder: Path, served: ServedTriton) -> None:
    found = {output["name"]: output["data"] for output in json.loads(printed)["outputs"]}
    assert found["text"] == [WORDS]
    assert found["confidence"][0] > 0.8
    assert len(found["box"]) == 8


def json_with_curl(printed: str, folder: Path, served: ServedTriton) -> None:
    texts, tokens, card = (json.loads(line)["outputs"][0] for line in printed.splitlines())
    assert texts["shape"] == [2, 512]
    for vector in np.reshape(texts["data"], (2, 512)):
        of_unit_norm(vector, 512)
    of_unit_norm(tokens["data"], dimension(served, "text_encoder"))
    assert json.loads(card["data"][0])["dimension"] == dimension(served, "text_encoder")


def metadata(printed: str, folder: Path, served: ServedTriton) -> None:
    answer, status = printed.splitlines()
    assert [output["name"] for output in json.loads(answer)["outputs"]] == [
        "text", "confidence", "box",
    ]  # fmt: skip
    assert status == "200"


def input_file(printed: str, folder: Path, served: ServedTriton) -> None:
    (request,) = json.loads((folder / "pictures.json").read_text())["data"]
    assert request["bytes"]["shape"] == [1]


def perf_analyzer(printed: str, folder: Path, served: ServedTriton) -> None:
    found = re.search(r"^Concurrency: 2, throughput: ([\d.]+) infer/sec", printed, re.M)
    assert found is not None, printed
    assert float(found[1]) > 0


CHECKS: dict[str, Callable[[str, Path, ServedTriton], None]] = {
    "picture in Python": picture_in_python,
    "picture and text with curl": picture_and_text_with_curl,
    "every model in Python": every_model_in_python,
    "a batch, a refusal, a deadline": batch_refusal_deadline,
    "raw bytes and raw text with curl": raw_with_curl,
    "OCR as JSON with curl": ocr_as_json,
    "JSON with curl": json_with_curl,
    "metadata with curl": metadata,
    "an input file for perf_analyzer": input_file,
    "perf_analyzer": perf_analyzer,
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda found: f"{found.document}: {found.name}")
def test_an_example_does_what_it_says(example: Example, folder: Path, triton: ServedTriton) -> None:
    for before in EXAMPLES:
        if before.name == AFTER.get(example.name):
            before.run(folder, triton)
    CHECKS[example.name](example.run(folder, triton), folder, triton)


def test_every_block_of_the_page_is_run() -> None:
    page = DOCUMENTS[0].read_text("utf-8")
    assert len(FENCE.findall(page)) == len(BLOCK.findall(page)) == len(CHECKS)


def test_every_model_of_the_repository_is_in_the_table() -> None:
    page = DOCUMENTS[0].read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {path.parent.name for path in ROOT.glob("model_repository/*/config.pbtxt")}
