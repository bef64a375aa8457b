"""POST /v1/search/visual, /text and /hybrid by an uploaded picture: multipart/form-data."""

from typing import Annotated

from fastapi import APIRouter, Form

from orchestrator.http.dependencies import Admitted, ServicesDep, check_text, read_picture
from orchestrator.http.forms import MultipartRoute
from orchestrator.http.search_bodies import (
    HybridPictureSearchForm,
    PictureSearchForm,
    SearchAnswer,
)
from orchestrator.http.searching import AskingDep, SearchDep

router = APIRouter(route_class=MultipartRoute, dependencies=[Admitted])

PictureForm = Annotated[PictureSearchForm, Form()]
HybridForm = Annotated[HybridPictureSearchForm, Form()]


@router.post("/visual")
async def search_visual_by_picture(
    form: PictureForm, services: ServicesDep, asking: AskingDep, search: SearchDep
) -> SearchAnswer:
    """Posts whose picture looks similar."""
    query = await asking.shown_by(await read_picture(form.file, services.settings))
    where = form.filter.as_filter()
    return SearchAnswer.of(await search.nearest(query, "visual", limit=form.limit, where=where))


@router.post("/text")
async def search_text_by_picture(
    form: PictureForm, services: ServicesDep, asking: AskingDep, search: SearchDep
) -> SearchAnswer:
    """Posts whose words mean something similar to those in the picture."""
    query = await asking.written_on(await read_picture(form.file, services.settings))
    where = form.filter.as_filter()
    return SearchAnswer.of(await search.nearest(query, "text", limit=form.limit, where=where))


@router.post("/hybrid")
async def search_hybrid_by_picture(
    form: HybridForm, services: ServicesDep, asking: AskingDep, search: SearchDep
) -> SearchAnswer:
    """Posts that look similar, and whose words mean something similar to picture and caption."""
    picture = await read_picture(form.file, services.settings)
    caption = check_text(form.caption or "", services.settings)
    query = await asking.picture(picture, caption or None)
    return SearchAnswer.of(
        await search.hybrid(
            query,
            form.weights.as_weights(),
            limit=form.limit,
            where=form.filter.as_filter(),
        )
    )
