"""The page of a request that cannot be answered."""

from fastapi import Request
from starlette.responses import Response

from service.pages.page import page

KNOWN = (403, 404, 422, 429, 500, 503)


def problem_page(request: Request, status: int, detail: str) -> Response:
    """What went wrong in the reader's language, with the service's own sentence in English."""
    kind = str(status) if status in KNOWN else "other"
    values = {"status": status, "kind": kind, "detail": detail}
    return page(request, "problem.html", values, status=status)
