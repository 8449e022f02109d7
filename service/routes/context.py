"""What every route needs: the hub, the pictures and the clock.

Routes that read a few records of the hub are `async`: they answer in the event loop. In a thread
they would wait for the interpreter's lock each time they change over, and beside busy cameras that
is most of an answer's time. What reads the store, many spots or a picture takes a thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from service.live.hub import Hub
from service.metrics.metrics import Metrics
from service.pictures import Pictures
from service.routes.problems import Problem
from service.site.site import Camera, ParkingPlan, Site
from service.station import Station
from service.store.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """The service as its routes see it."""

    hub: Hub
    pictures: Pictures
    clock_ns: Callable[[], int]
    metrics: Metrics
    store: Store | None = None
    """What outlives the service; None where it runs without."""
    station: Station | None = None
    """Cameras and publishers, and the site files behind them; None for a bare hub."""

    def use_plan(self, site: Site, camera: Camera, plan: ParkingPlan) -> None:
        """Go on with another plan of a camera; with a station, with what the store has newest."""
        if self.station is not None:
            self.station.reload()
            return
        cameras = tuple(
            replace(each, plan=plan) if each.camera_id == camera.camera_id else each
            for each in site.cameras
        )
        changed = replace(site, cameras=cameras)
        sites = [changed if each.site_id == site.site_id else each for each in self.hub.sites]
        self.hub.change_sites(sites, self.clock_ns())

    def site_ids(self, site_id: str | None) -> list[str]:
        """The asked-for site, or all; a Problem 404 when there is no such site."""
        known = [site.site_id for site in self.hub.sites]
        if site_id is None:
            return known
        if site_id not in known:
            raise Problem(404, f"there is no site {site_id!r}; known are {', '.join(known)}")
        return [site_id]


async def _context(connection: HTTPConnection) -> Context:  # not async, it would take a thread
    context: Context = connection.app.state.context
    return context


ContextDependency = Annotated[Context, Depends(_context)]
SiteQuery = Annotated[
    str | None, Query(alias="site", description="Only this site; all by default.")
]


def the_one(found: Sequence[T], what: str, name: str) -> T:
    """The only match; a Problem 404 without one, 409 when several sites have one."""
    if not found:
        raise Problem(404, f"there is no {what} {name!r}")
    if len(found) > 1:
        raise Problem(409, f"several sites have a {what} {name!r}; say which by ?site=…")
    return found[0]
