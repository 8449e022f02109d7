"""All pages and their static files."""

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from service.pages import (
    audit,
    cabin,
    camera,
    docs,
    engineer,
    layout,
    lot,
    overview,
    public,
    safety,
    tram,
)

STATIC = Path(__file__).parent / "static"


def add_pages(app: FastAPI) -> None:
    """Add the pages and their static files to the application."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for module in (
        overview,
        lot,
        camera,
        layout,
        tram,
        cabin,
        engineer,
        audit,
        public,
        docs,
        safety,
    ):
        app.include_router(module.router)
