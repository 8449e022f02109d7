"""Everything that stands between the network and the routes, in its order."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from service.access.bodies import BodyLimit
from service.access.caller import Access
from service.access.change_log import Report
from service.access.gate import Gate
from service.access.head_as_get import HeadAsGet
from service.access.headers import SecurityHeaders

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS = ("Authorization", "Content-Type", "If-None-Match", "Last-Event-ID")
EXPOSED = ("ETag", "Link", "Retry-After", "Wayside-Frame-Id", "Wayside-Observed-At")


def protect(app: FastAPI, access: Access | None, report: Report) -> None:
    """Put headers, bounds, limits and the report of changes before all routes."""
    app.state.access = access
    app.add_middleware(HeadAsGet)  # the last one added comes first
    app.add_middleware(Gate, access=access, report=report)
    app.add_middleware(BodyLimit)
    if access is not None and access.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=access.cors_origins,
            allow_methods=METHODS,
            allow_headers=HEADERS,
            expose_headers=EXPOSED,
        )
    app.add_middleware(SecurityHeaders)
