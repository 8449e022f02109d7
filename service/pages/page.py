"""Answers a page from its template, in the reader's language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from service.access.caller import caller_of
from service.pages.language import language_values, remember_language
from service.pages.signs import SIGNS, mood_of

HERE = Path(__file__).parent


def caller_values(request: Request) -> dict[str, Any]:
    """Who looks at the page, and where to log in to see it again."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return {"caller": caller_of(request), "login_address": f"/login?next={quote(asked, safe='')}"}


templates = Jinja2Templates(
    directory=HERE / "templates", context_processors=[language_values, caller_values]
)
templates.env.globals.update(signs=SIGNS, mood_of=mood_of)
templates.env.trim_blocks = templates.env.lstrip_blocks = True


def page(
    request: Request, template: str, values: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """The filled template; it knows `t`, `language` and where the other languages are."""
    response = templates.TemplateResponse(request, template, dict(values), status_code=status)
    remember_language(request, response)
    return response
