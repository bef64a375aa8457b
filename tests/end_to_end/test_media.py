"""POST, GET and DELETE /v1/media and the two extraction endpoints over real HTTP."""

import json
import math
from typing import Any

import pytest

from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton
from tests.support.uploads import plain, with_text

MEME = with_text("NOBODY EXPECTS", "THE SPANISH INQUISITION")


def test_extract_multimodal(stack: ServedOrchestrator, triton: ServedTriton) -> None:
    answer = stack.http.post(
        "/extract-multimodal", files={"file": MEME}, data={"caption": "A famous sketch"}
    )
    body = answer.raise_for_status().json()
    for side, model in (("visual", "clip_image"), ("text", "text_encoder")):
        card = json.loads((triton.repository / model / "1" / "fingerprint.json").read_text())
        vector = body[f"{side}_embedding"]
        assert len(vector) == card["dimension"]
        assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-5)
        assert body["models"][side] == {"fingerprint": card["id"], "weights": card["weights"]}
    assert body["ocr_text"] == "NOBODY EXPECTS\nTHE SPANISH INQUISITION"
    assert body["has_text_embedding"] is True
    assert 0.0 <= body["alignment_score"] <= 1.0
    assert body["content_type"] in {"meme", "mixed"}
    assert body["degraded"] == []
    assert answer.headers["Feedlens-Weights"] == "visual=tiny, text=pretrained"


def test_extract_without_any_words(stack: ServedOrchestrator) -> None:
    body = stack.http.post("/extract-multimodal", files={"file": plain()}).json()
    assert body["text_embedding"] is None
    assert body["has_text_embedding"] is False
    assert body["alignment_score"] is None
    assert body["content_type"] == "aesthetic"


def test_extract_ocr(stack: ServedOrchestrator) -> None:
    body = stack.http.post("/extract-ocr", files={"file": MEME}).raise_for_status().json()
    assert [line["text"] for line in body["lines"]] == ["NOBODY EXPECTS", "THE SPANISH INQUISITION"]
    first, second = body["lines"]
    assert first["confidence"] > 0.8
    # drawn at x = 40, y = 60 and 150, 48 pixels high
    assert all(30 < x < 800 and 55 < y < 130 for x, y in first["box"])
    assert all(30 < x < 800 and 145 < y < 220 for x, y in second["box"])


@pytest.mark.parametrize(
    ("media_id", "kind", "body"),
    [
        (
            b"encoded",
            "application/x-www-form-urlencoded",
            b"media_id=%s&author_id=a%%2Bb&caption=Caf%%C3%%A9+\xf0\x9f\x8d\xb5",
        ),
        (
            b"multipart",
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="media_id"\r\n\r\n%s\r\n'
            b'--x\r\nContent-Disposition: form-data; name="author_id"\r\n\r\na+b\r\n'
            b'--x\r\nContent-Disposition: form-data; name="caption"\r\n\r\n'
            b"Caf\xc3\xa9 \xf0\x9f\x8d\xb5\r\n--x--\r\n",
        ),
    ],
    ids=["encoded", "multipart"],
)
def test_a_form_in_utf_8(
    stack: ServedOrchestrator, media_id: bytes, kind: str, body: bytes
) -> None:
    answer = stack.http.post("/v1/media", content=body % media_id, headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text
    stored = stack.http.get(f"/v1/media/{media_id.decode()}").json()
    assert (stored["author_id"], stored["caption"]) == ("a+b", "Café 🍵")


def test_a_post_through_its_life(stack: ServedOrchestrator) -> None:
    created = stack.publish("life", file=MEME, caption=" A sketch ", likes="3", comments="1")
    assert created.status_code == 201
    body = created.json()
    assert (body["caption"], body["likes"], body["comments"]) == ("A sketch", 3, 1)
    assert "visual_embedding" not in body
    assert stack.http.get("/v1/media/life").json() == body

    with_vectors = stack.http.get("/v1/media/life?vectors=true").json()
    assert math.hypot(*with_vectors["visual_embedding"]) == pytest.approx(1.0, abs=1e-5)
    assert math.hypot(*with_vectors["text_embedding"]) == pytest.approx(1.0, abs=1e-5)

    assert stack.http.delete("/v1/media/life").status_code == 204
    assert stack.http.get("/v1/media/life").status_code == 404
    assert stack.http.delete("/v1/media/life").status_code == 404


def test_the_same_upload_again_changes_nothing(stack: ServedOrchestrator) -> None:
    first = stack.publish("twice", file=MEME, caption="Once", likes="3")
    second = stack.publish("twice", file=MEME, caption="Once", likes="9", age_hours=9)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"caption": "Other"}, "caption"),
        ({"author_id": "bob"}, "author_id"),
        ({"file": plain()}, "content_hash"),
    ],
)
def test_another_upload_under_the_same_id_is_a_conflict(
    stack: ServedOrchestrator, changes: dict[str, Any], named: str
) -> None:
    upload: dict[str, Any] = {"file": MEME, "caption": "Mine"}
    stack.publish("taken", **upload)
    refused = stack.publish("taken", **{**upload, **changes})
    assert refused.status_code == 409
    assert named in refused.json()["detail"]
    assert stack.http.get("/v1/media/taken").json()["caption"] == "Mine"


@pytest.mark.parametrize("media_id", ["a/b/c", "ü ☃", "100%", "?q=1#x"])
def test_ids_are_any_string(stack: ServedOrchestrator, media_id: str) -> None:
    assert stack.publish(media_id, caption="Odd id").status_code == 201
    path = "/v1/media/" + "".join(f"%{byte:02X}" for byte in media_id.encode())
    assert stack.http.get(path).json()["media_id"] == media_id
