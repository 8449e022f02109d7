"""What pages look up first: the site, camera or lot that an address names, and the time."""

from datetime import datetime

from service.live.records import CameraRecord, LotRecord
from service.routes.context import Context
from service.routes.problems import Problem
from service.site.site import Site
from service.timestamps import ns_to_datetime


def site_of(context: Context, site_id: str) -> Site:
    """The site of this id; a Problem 404 without one."""
    context.site_ids(site_id)
    return next(site for site in context.hub.sites if site.site_id == site_id)


def camera_of(context: Context, site_id: str, camera_id: str) -> CameraRecord:
    """The camera of this id; a Problem 404 without one."""
    site_of(context, site_id)
    for camera in context.hub.cameras(site_id):
        if camera.camera_id == camera_id:
            return camera
    raise Problem(404, f"there is no camera {camera_id!r}")


def tram_of(context: Context, site_id: str, camera_id: str) -> CameraRecord:
    """The tram camera of this id; a Problem 404 without one."""
    camera = camera_of(context, site_id, camera_id)
    if camera.mission != "tram":
        raise Problem(404, f"there is no tram camera {camera_id!r}")
    return camera


def lot_of(context: Context, site_id: str, lot_id: str) -> LotRecord:
    """The count of a lot; a Problem 404 without one."""
    site_of(context, site_id)
    for lot in context.hub.lots(site_id, context.clock_ns()):
        if lot.lot_id == lot_id:
            return lot
    raise Problem(404, f"there is no lot {lot_id!r}")


def now_of(context: Context) -> datetime:
    """The service's time."""
    return ns_to_datetime(context.clock_ns())
