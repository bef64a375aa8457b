"""The old system beside the new one, as processes: its model, its collection, its ranking."""

import json
import math
from collections.abc import Iterator

import pytest

from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import ServedTriton
from tests.support.uploads import plain, with_text


@pytest.fixture(scope="module")
def both(
    triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedOrchestrator]:
    """An orchestrator that reads and writes both collections."""
    environment = {
        "FEEDLENS_LEGACY__READ": "true",
        "FEEDLENS_LEGACY__WRITE": "true",
        "FEEDLENS_LEGACY__TIMEOUT_S": "10",
    }
    with orchestrator.serve(
        triton.grpc_url, tmp_path_factory.mktemp("store"), **environment
    ) as served:
        yield served


def feed(both: ServedOrchestrator, user_id: str) -> list[str]:
    answer = both.http.post("/v1/feed", json={"user_id": user_id, "variant": "legacy"})
    body = answer.raise_for_status().json()
    assert body["variant"] == "legacy"
    return [item["media_id"] for item in body["items"]]


def test_embed_image(stack: ServedOrchestrator, triton: ServedTriton) -> None:
    card = json.loads((triton.repository / "vit_legacy" / "1" / "fingerprint.json").read_text())
    body = stack.http.post("/embed-image", files={"file": plain()}).raise_for_status().json()
    assert len(body["embedding"]) == body["dimension"] == card["dimension"] == 768
    assert math.hypot(*body["embedding"]) == pytest.approx(1.0, abs=1e-4)
    assert body["model"] == {"fingerprint": card["id"], "weights": "tiny"}


@pytest.mark.parametrize("file", [b"", b"no picture", plain()[:200]])
def test_embed_image_refuses_what_is_none(stack: ServedOrchestrator, file: bytes) -> None:
    answer = stack.http.post("/embed-image", files={"file": file})
    assert answer.status_code == 422


def test_uploads_are_ranked_by_the_old_system_too(both: ServedOrchestrator) -> None:
    for number, file in enumerate([with_text("ONE"), with_text("TWO"), plain()]):
        answer = both.publish(f"m{number}", file=file, caption="A cat", age_hours=1 + number)
        assert (answer.status_code, answer.json()["degraded"]) == (201, [])
    assert both.publish("words", caption="No picture").json()["degraded"] == []
    assert feed(both, "new") == ["m0", "m1", "m2"]
    both.like("u1", "m0")
    # Both show text on white, whatever it says.
    assert feed(both, "u1") == ["m1", "m2"]


def test_what_is_deleted_is_gone_from_both(both: ServedOrchestrator) -> None:
    both.publish("gone", file=with_text("GONE"), age_hours=0.5)
    assert "gone" in feed(both, "u2")
    assert both.http.delete("/v1/media/gone").status_code == 204
    assert "gone" not in feed(both, "u3")
    assert "gone" not in [item["media_id"] for item in both.feed("u3")]


def test_the_old_collection_is_named_in_health(both: ServedOrchestrator) -> None:
    legacy = both.http.get("/health").json()["legacy"]
    assert (legacy["read"], legacy["write"], legacy["store"]) == (True, True, "ok")
    assert "@tiny:" in legacy["fingerprint"]
