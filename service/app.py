"""The web application: API, pages and documentation over one hub."""

import time
from collections.abc import Callable
from importlib import metadata

from fastapi import Depends, FastAPI

from service.access.caller import Access
from service.access.change_log import Report, log_change
from service.access.guard import guard_default
from service.access.login import add_login
from service.access.protection import protect
from service.live.hub import Hub
from service.metrics.metrics import Metrics
from service.pages.problem import problem_page
from service.pages.views import add_pages
from service.pictures import Pictures
from service.routes import (
    alerts,
    cabin,
    cameras,
    events,
    forecast,
    health,
    history,
    keys,
    layouts,
    outlines,
    sites,
    standards,
    violations,
    weather,
    webhooks,
)
from service.routes import metrics as metric_figures
from service.routes import reload as reloading
from service.routes.context import Context
from service.routes.openapi import complete_openapi
from service.routes.problems import answer_problems
from service.station import Station
from service.store.store import Store

DESCRIPTION = """
Free parking spots and obstacles ahead of a tram, from cameras.

Every state carries `observed_at`, `changed_at`, `valid_until`, `confidence` and `reason`. What is
not known is said: a spot is `unknown` with a reason, a lot's count is a range, a display is
`unavailable`. Wayside assists a driver; it brakes nothing.
"""


def create_app(
    hub: Hub,
    *,
    access: Access | None = None,
    report: Report = log_change,
    store: Store | None = None,
    station: Station | None = None,
    clock_ns: Callable[[], int] = time.time_ns,
) -> FastAPI:
    """The application over `hub`; `clock_ns` is the time (UTC) by which states grow old.

    Without `access` everybody may do everything: for a service that listens on loopback only.
    `report` takes what callers have changed; `station` is what runs beside the application.
    """
    app = FastAPI(
        title="Wayside",
        version=metadata.version("wayside-vision"),
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # ours at /docs needs nothing from other machines
        redoc_url=None,
        dependencies=[Depends(guard_default)],
    )
    metrics = station.metrics if station else Metrics(hub, store=store, clock_ns=clock_ns)
    app.state.context = Context(hub, Pictures(hub, clock_ns), clock_ns, metrics, store, station)
    answer_problems(app, problem_page)
    protect(app, access, report)
    for module in (
        standards,
        sites,
        cameras,
        alerts,
        cabin,
        events,
        keys,
        history,
        forecast,
        layouts,
        outlines,
        violations,
        weather,
        webhooks,
    ):
        app.include_router(module.router, prefix="/api/v1")
    app.include_router(reloading.router, prefix="/api/v1")
    app.include_router(health.router)
    app.include_router(metric_figures.router)
    app.include_router(health.router, prefix="/api/v1", include_in_schema=False)
    add_pages(app)
    add_login(app)
    complete_openapi(app)
    return app
