"""POST /embed-image: the vector that the ViT-only system asked for, analysed without storing."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from orchestrator.extraction.together import together
from orchestrator.http.dependencies import (
    Admitted,
    DeadlineDep,
    PictureForm,
    ServicesDep,
    read_picture,
)
from orchestrator.http.extract import ModelAnswer
from orchestrator.http.forms import FormRoute

router = APIRouter(tags=["extraction"], route_class=FormRoute)


class EmbedImageAnswer(BaseModel):
    """A picture's vector by the legacy ViT: of unit norm, comparable with `media_embeddings`."""

    embedding: list[float]
    dimension: Annotated[int, Field(description="How many numbers `embedding` has")]
    model: ModelAnswer


@router.post("/embed-image", dependencies=[Admitted])
async def embed_image(
    file: PictureForm, services: ServicesDep, deadline: DeadlineDep
) -> EmbedImageAnswer:
    """The legacy vector of a picture. 503 where Triton does not serve the legacy model."""
    picture = await read_picture(file, services.settings)
    fingerprint, vector = await together(
        services.models.legacy_fingerprint(deadline),
        services.models.embed_legacy(picture.data, deadline),
    )
    return EmbedImageAnswer(
        embedding=vector.tolist(), dimension=len(vector), model=ModelAnswer.of(fingerprint)
    )
