"""Posts as the orchestrator's HTTP tells them and is told them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO

import numpy as np

from orchestrator.content.video import Video
from orchestrator.store.records import StoredPost, Vector
from orchestrator.upload import Upload


def form_of(upload: Upload) -> dict[str, str]:
    """What POST /v1/media is sent of an upload, but its file."""
    form = {
        "media_id": upload.media_id,
        "author_id": upload.author_id,
        "caption": upload.caption,
        "created_at": upload.created_at.isoformat(),
        "likes": str(upload.likes),
        "comments": str(upload.comments),
        "media_url": upload.media_url,
    }
    return {name: value for name, value in form.items() if value is not None}


@contextmanager
def files_of(upload: Upload) -> Iterator[dict[str, tuple[str, bytes | BinaryIO]]]:
    """Its file; that of a video is read from disk while it is sent."""
    medium = upload.medium
    if isinstance(medium, Video):
        with medium.file.open() as content:
            yield {"file": ("medium", content)}
    else:
        yield {"file": ("medium", medium.data)} if medium else {}


def post_of(body: Mapping[str, Any]) -> StoredPost:
    """A post of an answer; its vectors as far as the answer has them."""
    return StoredPost(
        media_id=body["media_id"],
        author_id=body["author_id"],
        caption=body["caption"],
        ocr_text=body["ocr_text"],
        content_type=body["content_type"],
        alignment_score=body["alignment_score"],
        has_text_embedding=body["has_text_embedding"],
        likes=body["likes"],
        comments=body["comments"],
        created_at=datetime.fromisoformat(body["created_at"].replace("Z", "+00:00")),
        media_type=body["media_type"],
        content_hash=body["content_hash"],
        model_fingerprint=body["model_fingerprint"],
        degraded=tuple(body["degraded"]),
        perceptual_hash=body["perceptual_hash"],
        media_url=body["media_url"],
        duration_s=body["duration_s"],
        frame_times_s=tuple(body["frame_times_s"] or ()),
        representative_time_s=body["representative_time_s"],
        visual=_vector(body.get("visual_embedding")),
        text=_vector(body.get("text_embedding")),
    )


def made_post(upload: Upload, body: Mapping[str, Any]) -> StoredPost:
    """What POST /extract-multimodal made of an upload; it has no perceptual hash."""
    return post_of(
        {
            **body,
            "media_id": upload.media_id,
            "author_id": upload.author_id,
            "caption": upload.caption,
            "likes": upload.likes,
            "comments": upload.comments,
            "created_at": upload.created_at.isoformat(),
            "media_url": upload.media_url,
            "perceptual_hash": None,
            "model_fingerprint": {
                side: model["fingerprint"] for side, model in body["models"].items()
            },
        }
    )


def _vector(listed: list[float] | None) -> Vector | None:
    return None if listed is None else np.array(listed, dtype=np.float32)
