"""The API described, without anything from other machines."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from service.pages.operations import operations_of
from service.pages.page import page

router = APIRouter(include_in_schema=False)


@router.get("/docs", response_class=HTMLResponse)
def docs(request: Request) -> HTMLResponse:
    """Every address and what it answers."""
    app: FastAPI = request.app
    values = {"groups": operations_of(app.openapi()), "version": app.version}
    return page(request, "docs.html", values)
