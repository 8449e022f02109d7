"""A mask picture turned into outlines, for the editor of layouts; nothing is kept."""

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.access.guard import needs
from service.access.roles import Role
from service.access.uploads import decode_picture
from service.layout_import.errors import LayoutImportError
from service.layout_import.mask import outlines_in
from service.live.records import example
from service.routes.problems import Problem, problem_answers

router = APIRouter(tags=["layouts"])
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/png", "image/jpeg")
        },
    }
}


class OutlineRecord(BaseModel):
    """One patch of a mask."""

    model_config = example({"polygon": [[20, 100], [80, 100], [80, 160], [20, 160]]})

    polygon: list[tuple[float, float]] = Field(description="Corners in px of the mask.")


@router.post(
    "/outlines",
    summary="Outlines in a mask picture",
    dependencies=[needs(Role.ENGINEER)],
    responses=problem_answers(413, 415, 422),
    openapi_extra=BODY,
)
async def outlines(request: Request) -> list[OutlineRecord]:
    """One outline per bright patch of a picture in PNG or JPEG; at most 40 million pixels."""
    return await run_in_threadpool(_outlines, await request.body())


def _outlines(data: bytes) -> list[OutlineRecord]:
    try:
        found = outlines_in(decode_picture(data), "the mask")
    except LayoutImportError as error:
        raise Problem(422, str(error)) from error
    return [OutlineRecord(polygon=np.asarray(each.polygon).tolist()) for each in found]
