"""POST /v1/search/visual, /text and /hybrid: posts by a stored post, a text, or vectors."""

from typing import Any

from fastapi import APIRouter

from orchestrator.errors import InvalidRequest
from orchestrator.http import search_pictures
from orchestrator.http.dependencies import ServicesDep, check_text
from orchestrator.http.given_vectors import unit_vector
from orchestrator.http.search_bodies import (
    HybridPictureSearchForm,
    HybridSearchRequest,
    PictureSearchForm,
    SearchAnswer,
    SearchRequest,
)
from orchestrator.http.searching import AskingDep, SearchDep
from orchestrator.search.query import Asking, Query
from orchestrator.services import Services
from orchestrator.settings import Settings
from orchestrator.store.records import Modality, Vector

router = APIRouter(prefix="/v1/search", tags=["search"])
# First, as they leave to the routes below what is no multipart body.
router.include_router(search_pictures.router)


def _or_a_picture(form: type[PictureSearchForm]) -> dict[str, Any]:
    """What OpenAPI adds to a path: of its two routes it tells the last one only."""
    schema = {"$ref": f"#/components/schemas/{form.__name__}"}
    return {"requestBody": {"content": {"multipart/form-data": {"schema": schema}}}}


@router.post("/visual", openapi_extra=_or_a_picture(PictureSearchForm))
async def search_visual(
    request: SearchRequest, services: ServicesDep, asking: AskingDep, search: SearchDep
) -> SearchAnswer:
    """Posts whose picture looks similar, or like what a text describes."""
    query = await _query(request, "visual", services, asking)
    where = request.filter.as_filter()
    return SearchAnswer.of(await search.nearest(query, "visual", limit=request.limit, where=where))


@router.post("/text", openapi_extra=_or_a_picture(PictureSearchForm))
async def search_text(
    request: SearchRequest, services: ServicesDep, asking: AskingDep, search: SearchDep
) -> SearchAnswer:
    """Posts whose caption and text in the picture mean something similar."""
    query = await _query(request, "text", services, asking)
    where = request.filter.as_filter()
    return SearchAnswer.of(await search.nearest(query, "text", limit=request.limit, where=where))


@router.post("/hybrid", openapi_extra=_or_a_picture(HybridPictureSearchForm))
async def search_hybrid(
    request: HybridSearchRequest, services: ServicesDep, asking: AskingDep, search: SearchDep
) -> SearchAnswer:
    """Posts by both sides at once: weight times cosine, added up.

    A side that a post lacks adds 0, unlike in a feed: what a post does not have can't match. Of a
    query with one side, only that side's weight counts.
    """
    if request.media_id is not None:
        query = await asking.post(request.media_id)
    elif request.text is not None:
        query = await asking.words(_text(request.text, services.settings))
    else:
        query = _given(request, services)
    return SearchAnswer.of(
        await search.hybrid(
            query,
            request.weights.as_weights(),
            limit=request.limit,
            where=request.filter.as_filter(),
        )
    )


async def _query(
    request: SearchRequest, modality: Modality, services: Services, asking: Asking
) -> Query:
    """The one query of a request, on one side."""
    if request.media_id is not None:
        return await asking.post(request.media_id)
    if request.vector is not None:
        vector = unit_vector("vector", request.vector, services.store.schema.dimensions[modality])
        return Query(visual=vector) if modality == "visual" else Query(text=vector)
    text = _text(request.text, services.settings)
    return await (asking.seen_in(text) if modality == "visual" else asking.said_in(text))


def _text(text: str | None, settings: Settings) -> str:
    stripped = check_text(text or "", settings)
    if not stripped:
        raise InvalidRequest("text is blank")
    return stripped


def _given(request: HybridSearchRequest, services: Services) -> Query:
    models = services.fingerprints
    return Query(
        visual=_unit("visual_vector", request.visual_vector, models.visual.dimension),
        text=_unit("text_vector", request.text_vector, models.text.dimension),
    )


def _unit(name: str, components: list[float] | None, dimension: int) -> Vector | None:
    return None if components is None else unit_vector(name, components, dimension)
