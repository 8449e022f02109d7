"""Errors as problem JSON (RFC 9457)."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from service.access.keys import hide_keys
from service.routes.refused_input import BODY_UNREAD, refused_input, shown_value, unread_body
from service.store.errors import StoreError
from service.store.page import BadCursor

MEDIA_TYPE = "application/problem+json"
AWAY = "the database does not answer now; live states go on"
BAD_CURSOR = "there is no such page: wanted the cursor in the Link of the page before"


class ProblemRecord(BaseModel):
    """What went wrong with a request."""

    type: str = Field(default="about:blank", description="The kind is its status.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="One sentence: what came and what was wanted.")
    instance: str = Field(description="The path that was asked for.")


class Problem(Exception):
    """A request that cannot be answered, with the status to send."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


EXAMPLES: dict[int, str] = {
    400: "body: wanted JSON, got brackets nested too deeply",
    401: "this wants a key with the role reader as Authorization: Bearer KEY; none came",
    403: "this wants the role engineer, your key has reader",
    404: "there is no lot 'nord'",
    408: "the body was not there within 30 s",
    409: "several sites have a lot 'main'; say which by ?site=…",
    413: "the body is too large: at most 1048576 bytes are taken",
    415: "body: wanted JSON as Content-Type: application/json, got 'text/plain'",
    422: "status: Input should be 'free', 'occupied', 'unknown' or 'closed', got 'full'",
    429: "too many requests: wait 2 s",
    503: "camera 'north' has given no picture yet",
}


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: these statuses are answered by a problem."""
    return {status: _described(status) for status in statuses}


def _described(status: int) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    shown = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": EXAMPLES.get(status, title),
        "instance": "/api/v1/lots/nord",
    }
    schema = {"$ref": "#/components/schemas/ProblemRecord"}
    return {"description": title, "content": {MEDIA_TYPE: {"schema": schema, "example": shown}}}


PROBLEM_ANSWERS = problem_answers(404, 409)


ShowProblem = Callable[[Request, int, str], Response]
"""Makes a page of a status and its detail."""


def answer_problems(app: FastAPI, show: ShowProblem | None = None) -> None:
    """Let every error of the app leave as problem JSON; `show` makes a page for browsers."""
    app.state.show_problem = show

    @app.exception_handler(Problem)
    async def _own(connection: HTTPConnection, problem: Problem) -> Response:
        return answer_problem(connection, problem.status, problem.detail, problem.headers)

    @app.exception_handler(StoreError)
    async def _away(connection: HTTPConnection, _error: StoreError) -> Response:
        return answer_problem(connection, 503, AWAY, {"Retry-After": "5"})

    @app.exception_handler(BadCursor)
    async def _bad_cursor(connection: HTTPConnection, _error: BadCursor) -> Response:
        return answer_problem(connection, 404, BAD_CURSOR)

    @app.exception_handler(HTTPException)
    async def _http(connection: HTTPConnection, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = {"Allow": "GET", **headers, **_allowed(app, connection.url.path)}
        detail = _detail(connection, error, headers)
        return answer_problem(connection, error.status_code, detail, headers)

    @app.exception_handler(Exception)  # still logged by the server; the client learns no inside
    async def _broken(connection: HTTPConnection, _error: Exception) -> Response:
        return answer_problem(connection, 500, "the service made a mistake; its log says which")

    @app.exception_handler(WebSocketRequestValidationError)
    @app.exception_handler(RequestValidationError)
    async def _invalid(connection: HTTPConnection, error: ValidationException) -> Response:
        status, detail = refused_input(error, connection.headers.get("content-type"))
        return answer_problem(connection, status, detail)


def _detail(connection: HTTPConnection, error: HTTPException, headers: Mapping[str, str]) -> str:
    """What the framework says in a few words, as one of our sentences."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        wanted = headers["Allow"].replace(", ", " or ")
        return f"wanted {wanted}, got {connection.scope['method']}"
    if error.detail == HTTPStatus.NOT_FOUND.phrase:
        path = shown_value(connection.url.path)
        return f"there is nothing at {path}; what there is stands at /docs"
    if error.detail == BODY_UNREAD:
        return unread_body(error.__cause__)
    return str(error.detail)


def _allowed(app: FastAPI, path: str) -> dict[str, str]:
    """All methods of a resource; a single route knows its own alone."""
    for template, operations in app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\\{[^{}]+\\}", "[^/]+", re.escape(template)), path):
            return {"Allow": ", ".join(sorted(each.upper() for each in operations))}
    return {}


def problem_answer(
    path: str, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem as JSON."""
    record = ProblemRecord(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=hide_keys(detail),
        instance=hide_keys(path),
    )
    return JSONResponse(
        record.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def answer_problem(
    connection: HTTPConnection, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to a request that cannot be answered otherwise: a page where one is wanted."""
    show: ShowProblem | None = getattr(connection.app.state, "show_problem", None)
    if show is None or not wants_page(connection):
        return problem_answer(connection.url.path, status, detail, headers)
    shown = show(Request(connection.scope), status, hide_keys(detail))
    shown.headers.update(headers or {})
    return shown


def wants_page(connection: HTTPConnection) -> bool:
    """Whether a person's browser asks for a page, or sends a page's form."""
    is_http = connection.scope["type"] == "http"
    wants_html = "text/html" in connection.headers.get("accept", "")
    return is_http and wants_html and not connection.url.path.startswith("/api/")
