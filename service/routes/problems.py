"""Errors as problem JSON (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class ProblemRecord(BaseModel):
    """What went wrong with a request."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str


class Problem(Exception):
    """A request that cannot be answered, with the status to send."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


PROBLEM_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {
            MEDIA_TYPE: {
                "schema": ProblemRecord.model_json_schema(),
                "example": {
                    "type": "about:blank",
                    "title": HTTPStatus(status).phrase,
                    "status": status,
                    "detail": "there is no lot 'nord'",
                    "instance": "/api/v1/lots/nord",
                },
            }
        },
    }
    for status in (404, 409)
}


def answer_problems(app: FastAPI) -> None:
    """Let every error of the app leave as problem JSON."""

    @app.exception_handler(Problem)
    async def _own(request: Request, problem: Problem) -> JSONResponse:
        return _answer(request, problem.status, problem.detail, problem.headers)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return _answer(request, error.status_code, str(error.detail), error.headers)

    @app.exception_handler(Exception)  # still logged by the server; the client learns no inside
    async def _broken(request: Request, _error: Exception) -> JSONResponse:
        return _answer(request, 500, "the service made a mistake; its log says which")

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = (
            f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}, got {each['input']!r}"
            for each in error.errors()
        )
        return _answer(request, 422, "; ".join(faults))


def _answer(request: Request, status: int, detail: str, headers: Any = None) -> JSONResponse:
    record = ProblemRecord(
        title=HTTPStatus(status).phrase, status=status, detail=detail, instance=request.url.path
    )
    return JSONResponse(
        record.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )
