"""Records to Qdrant's points and back, under the same names for every engine."""

import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timezone
from typing import Any

from orchestrator.store.collection import Point
from orchestrator.store.generations import View
from orchestrator.store.records import MODALITIES, Event, StoredPost

_NAMESPACE = uuid.UUID("6f0c1c2e-5f0b-5c52-9d0a-0f5b8a1d7e11")
_POST_FIELDS = tuple(field.name for field in fields(StoredPost) if field.name not in MODALITIES)
_TUPLES = ("degraded", "frame_times_s")
"""Fields of a post that JSON has as lists."""
_EVENT_FIELDS = tuple(field.name for field in fields(Event))


def point_id(key: str) -> str:
    """UUIDv5 of a media id or an event id, so that a retried write hits the same point."""
    return str(uuid.uuid5(_NAMESPACE, key))


def post_payload(post: StoredPost) -> dict[str, Any]:
    """Everything of a post but its vectors."""
    payload = {name: getattr(post, name) for name in _POST_FIELDS}
    payload["created_at"] = timestamp(post.created_at)
    payload["model_fingerprint"] = dict(post.model_fingerprint)
    for name in _TUPLES:
        payload[name] = list(payload[name])
    return payload


def changed_payload(changes: Mapping[Any, object]) -> dict[str, Any]:
    """Some fields of a post, as `post_payload` has them."""
    payload = dict(changes)
    if isinstance(moment := payload.get("created_at"), datetime):
        payload["created_at"] = timestamp(moment)
    if isinstance(degraded := payload.get("degraded"), tuple):
        payload["degraded"] = list(degraded)
    return payload


def post_from(point: Point, view: View) -> StoredPost:
    """A post of a point, with what was fetched of the view's vectors.

    Fields that this version does not know are left out; those that an older one did not know are
    as `StoredPost` says.
    """
    payload = {name: point.payload[name] for name in _POST_FIELDS if name in point.payload}
    payload["created_at"] = datetime.fromisoformat(payload["created_at"])
    payload.update({name: tuple(payload[name]) for name in _TUPLES if name in payload})
    payload["model_fingerprint"] = view.schema.fingerprints
    for modality, name in view.names.items():
        payload[modality] = point.vectors.get(name)
    return StoredPost(**payload)


def event_payload(event: Event) -> dict[str, Any]:
    """Everything of an event."""
    return {name: getattr(event, name) for name in _EVENT_FIELDS} | {"at": timestamp(event.at)}


def event_from(point: Point) -> Event:
    """An event of a point, as `post_from`."""
    payload = {name: point.payload[name] for name in _EVENT_FIELDS if name in point.payload}
    payload["at"] = datetime.fromisoformat(payload["at"])
    return Event(**payload)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, as Qdrant's datetime index wants it."""
    return moment.astimezone(timezone.utc).isoformat()
