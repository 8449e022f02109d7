"""The page of a request that cannot be answered."""

from fastapi import Request
from starlette.responses import Response

from service.pages.page import page

KNOWN = (403, 404, 422, 429, 500, 503)
PASSING = (429, 500, 503)
RETRY_S = 30
"""After so long a page asks again, by itself and without a script, where what went wrong passes."""


def problem_page(request: Request, status: int, detail: str) -> Response:
    """What went wrong in the reader's language, with the service's own sentence in English."""
    kind = str(status) if status in KNOWN else "other"
    values = {"status": status, "kind": kind, "detail": detail}
    response = page(request, "problem.html", values, status=status)
    if status in PASSING and request.method == "GET":
        response.headers["Refresh"] = str(RETRY_S)
    return response
