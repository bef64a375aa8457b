"""What is answered of a post that is not in the store."""

from orchestrator.errors import NotFound
from orchestrator.services import Services


async def not_found(media_id: str, services: Services) -> NotFound:
    """Says so, and what to do where the post is in the legacy collection, as feeds show it."""
    if services.legacy and media_id in await services.legacy.store.get([media_id]):
        return NotFound(
            f"the post with media_id {media_id!r} is in the legacy collection alone: it is not "
            "migrated yet; migrate it, or upload it by POST /v1/media, and ask again"
        )
    return NotFound(f"no post has media_id {media_id!r}")


async def check_stored(media_id: str, services: Services) -> None:
    """Raises `not_found`, where there are posts that are in the legacy collection alone."""
    if services.legacy and not await services.store.get_posts([media_id]):
        raise await not_found(media_id, services)
