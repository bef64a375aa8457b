"""Records to Qdrant's points and back: names of DESIGN.md section 5, the same for every engine."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timezone
from typing import Any

from orchestrator.store.records import Event, StoredPost, Vector

POSTS = "media_embeddings_v2"
EVENTS = "user_events"
MODALITIES = ("visual", "text")

_NAMESPACE = uuid.UUID("6f0c1c2e-5f0b-5c52-9d0a-0f5b8a1d7e11")
_VECTORS = frozenset(MODALITIES)


def point_id(key: str) -> str:
    """UUIDv5 of a media id or an event id, so that a retried write hits the same point."""
    return str(uuid.uuid5(_NAMESPACE, key))


def random_point_id(seed: int) -> str:
    """A place among the points. Their ids are hashes: who follows it is as good as drawn."""
    return str(uuid.UUID(int=random.Random(seed).getrandbits(128)))  # noqa: S311


def post_payload(post: StoredPost) -> dict[str, Any]:
    """Everything of a post but its vectors."""
    payload = {
        field.name: getattr(post, field.name)
        for field in fields(post)
        if field.name not in _VECTORS
    }
    payload["created_at"] = timestamp(post.created_at)
    payload["model_fingerprint"] = dict(post.model_fingerprint)
    payload["degraded"] = list(post.degraded)
    return payload


def post_from(payload: Mapping[str, Any], vectors: Mapping[str, Vector]) -> StoredPost:
    """A post of a point's payload, and of its vectors as far as they were fetched."""
    return StoredPost(
        **{
            **payload,
            "created_at": datetime.fromisoformat(payload["created_at"]),
            "degraded": tuple(payload["degraded"]),
            "visual": vectors.get("visual"),
            "text": vectors.get("text"),
        }
    )


def event_payload(event: Event) -> dict[str, Any]:
    """Everything of an event."""
    return {**{f.name: getattr(event, f.name) for f in fields(event)}, "at": timestamp(event.at)}


def event_from(payload: Mapping[str, Any]) -> Event:
    """An event of a point's payload."""
    return Event(**{**payload, "at": datetime.fromisoformat(payload["at"])})


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, as Qdrant's datetime index wants it."""
    return moment.astimezone(timezone.utc).isoformat()
