"""What every route needs: the hub, the pictures and the clock.

Routes that read a few records of the hub are `async`: they answer in the event loop. In a thread
they would wait for the interpreter's lock each time they change over, and beside busy cameras that
is most of an answer's time. What reads the store, many spots or a picture takes a thread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeVar

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
What = Literal["lot", "spot", "group", "camera"]
MOST_NAMES = 10  # of those that there are, where another one was asked for


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

    def check_names(self, site_id: str | None, named: Mapping[What, str | None]) -> None:
        """A Problem 404 for a lot, spot, group or camera that no site asked for has."""
        wanted = self.site_ids(site_id)
        sites = [site for site in self.hub.sites if site.site_id in wanted]
        for what, name in named.items():
            known = dict.fromkeys(each for site in sites for each in names_in(site, what))
            if name is not None and name not in known:
                raise Problem(404, f"there is no {what} {name!r}; {_some_of(list(known))}")


async def _context(connection: HTTPConnection) -> Context:  # not async, it would take a thread
    context: Context = connection.app.state.context
    return context


ContextDependency = Annotated[Context, Depends(_context)]
SiteQuery = Annotated[
    str | None, Query(alias="site", description="Only this site; all by default.")
]


def names_in(site: Site, what: What) -> list[str]:
    """The ids of a site's lots, spots or cameras, or the names of its groups."""
    if what == "lot":
        return [lot.lot_id for lot in site.lots]
    if what == "camera":
        return [camera.camera_id for camera in site.cameras]
    return [spot.spot_id if what == "spot" else spot.group for _, spot in site.spots()]


def _some_of(known: Sequence[str]) -> str:
    if not known:
        return "there is none"
    rest = len(known) - MOST_NAMES
    more = f" and {rest} more" if rest > 0 else ""
    return f"known are {', '.join(known[:MOST_NAMES])}{more}"


def the_one(found: Sequence[T], what: str, name: str) -> T:
    """The only match; a Problem 404 without one, 409 when several sites have one."""
    if not found:
        raise Problem(404, f"there is no {what} {name!r}")
    if len(found) > 1:
        raise Problem(409, f"several sites have a {what} {name!r}; say which by ?site=…")
    return found[0]
