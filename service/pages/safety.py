"""What a safety engineer must know: hazards and measures, limits, and whose ideas were followed."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.pages.page import page

DOCUMENT = Path(__file__).parent / "documents" / "tram_safety.yaml"
router = APIRouter(include_in_schema=False)


@cache
def safety_document() -> dict[str, Any]:
    """The document by section; it speaks English."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text("utf-8"))
    return document


@router.get("/docs/safety", response_class=HTMLResponse)
def safety(request: Request) -> HTMLResponse:
    """The tram assistant for the safety engineer, with a summary in the reader's language."""
    return page(request, "safety.html", {"document": safety_document()})
