"""Figures for Prometheus."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from service.routes.context import ContextDependency

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"example": 'wayside_frames_total{site="yard"} 4620.0'}}},
    },
)
def metrics(
    context: ContextDependency, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Response:
    """Per camera pictures, drops, ages and stages' times; states; queues; alerts' latency."""
    text, media_type = context.metrics.text(accept)
    return Response(text, media_type=media_type)
