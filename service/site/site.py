"""One site as the service works with it: lots, cameras, and what each camera watches."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from service.ego_speed.plan import SpeedPlan
from service.ego_speed.recorded import EgoSpeed
from service.publish.settings import NOTHING, PublishSettings
from service.site.ground_map import GroundMap
from service.site.retention import DEFAULT, Retention
from service.site.ring_block import RingSettings
from service.site.spot_terms import FOR_ALL, SpotTerms
from streams.mode import EVERY_FRAME, FrameMode
from streams.urls import redact
from vision.errors import LayoutError
from vision.parking.layout import Layout, Spot
from vision.parking.spot_state import SettlingSettings
from vision.tram.overspeed import OverspeedSettings
from vision.tram.settings import TramSettings

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""How a source that is no plain path begins: `rtsp://…`, `usb:0`."""


@dataclass(frozen=True, slots=True)
class Lot:
    """One car park."""

    lot_id: str
    name: str
    lonlat: tuple[float, float] | None = None
    """Where it is, if the site file says so."""


@dataclass(frozen=True, slots=True)
class ParkingPlan:
    """A camera over parking spots."""

    layout: Layout
    settling: SettlingSettings
    terms: Mapping[str, SpotTerms] = field(default_factory=dict)
    """By spot_id, where this camera's file or layout states any; they hold for all cameras."""
    ground_map: GroundMap | None = None
    """Where the spots are on the map."""
    reference: Path | None = field(default=None, repr=False)
    """The picture on which the spots were drawn; None: the first one seen."""

    def scaled_to(self, width_px: int, height_px: int) -> "ParkingPlan":
        """The same plan in px of pictures of this size.

        Raises LayoutError where the layout does.
        """
        layout, ground_map = self.layout.scaled_to(width_px, height_px), self.ground_map
        if self.layout.drawn_px is not None and ground_map is not None:
            ground_map = ground_map.scaled(width_px / self.layout.drawn_px[0])
        return replace(self, layout=layout, ground_map=ground_map)

    def as_shown(self, width_px: int, height_px: int) -> "ParkingPlan":
        """The same plan in px of pictures of this size; as drawn where they have another shape."""
        try:
            return self.scaled_to(width_px, height_px)
        except LayoutError:
            return self


@dataclass(frozen=True, slots=True)
class TramPlan:
    """A camera in the cab of a tram."""

    settings: TramSettings
    speed: SpeedPlan = field(default_factory=SpeedPlan)
    overspeed: OverspeedSettings = field(default_factory=OverspeedSettings)
    is_silent: bool = False
    """All runs and is recorded, nothing is shown to the driver."""
    ring: RingSettings | None = None
    """Which pictures around alerts are kept; None: none."""
    track_model: str | None = None
    """The network that helps to find the rails; None: lines alone."""

    @property
    def ego_speed(self) -> EgoSpeed:
        """The constant or recorded own speed; empty where it comes another way."""
        return self.speed.recorded


def is_camera_address(source: str) -> bool:
    """Whether a source is an address or a device, not a file or folder."""
    return bool(ADDRESS.match(source)) or source.startswith("/dev/")


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera of a site and its mission."""

    camera_id: str
    name: str
    source: str = field(repr=False)
    """Path or address, secrets filled in: never shown, see `streams.urls.redact`."""
    plan: ParkingPlan | TramPlan
    model: str | None = None
    frames: FrameMode = EVERY_FRAME
    loop: bool = False

    def estimating_speed(self) -> "Camera":
        """The same camera; a tram's own speed is taken from its pictures alone."""
        if not isinstance(self.plan, TramPlan):
            return self
        return replace(self, plan=replace(self.plan, speed=SpeedPlan(is_estimated=True)))

    @property
    def mission(self) -> Literal["parking", "tram"]:
        """What the camera is for."""
        return "parking" if isinstance(self.plan, ParkingPlan) else "tram"

    @property
    def is_file(self) -> bool:
        """Whether the source is a file or folder, not a camera."""
        return not is_camera_address(self.source)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files and folders that are read for it, besides the site file and its network."""
        source = Path(self.source) if self.is_file else None
        beside = self.plan.reference if isinstance(self.plan, ParkingPlan) else self.plan.speed.file
        return tuple(each for each in (source, beside) if each is not None)

    @property
    def public_source(self) -> str:
        """The source as clients may see it: no credentials, no folders of this machine."""
        return Path(self.source).name if self.is_file else redact(self.source)


@dataclass(frozen=True, slots=True)
class Site:
    """One place with its lots and cameras."""

    site_id: str
    name: str
    lots: tuple[Lot, ...]
    cameras: tuple[Camera, ...]
    path: Path
    changed_at_ns: int = 0
    """When the site file, or a layout saved since, was last changed (UTC)."""
    time_zone: str = "UTC"
    """By whose clock days begin."""
    retention: Retention = DEFAULT
    audits_per_day: float = 0.0
    """Spots put before a person, on average."""
    publish: PublishSettings = NOTHING
    """What other systems are told without asking."""
    expect: Mapping[str, float] = field(default_factory=dict)
    """Limits that a scored replay must keep, by name."""

    def estimating_speed(self) -> "Site":
        """The same site; the own speed of its trams is taken from their pictures alone."""
        return replace(self, cameras=tuple(each.estimating_speed() for each in self.cameras))

    def camera(self, camera_id: str) -> Camera | None:
        """The camera of this id, if there is one."""
        return next((each for each in self.cameras if each.camera_id == camera_id), None)

    def terms_of(self, spot_id: str) -> SpotTerms:
        """On what terms a spot may be used: one of the cameras that see it says so for all."""
        plans = (each.plan for each in self.cameras)
        stated = (each.terms.get(spot_id) for each in plans if isinstance(each, ParkingPlan))
        return next((terms for terms in stated if terms is not None), FOR_ALL)

    def spots(self) -> Iterator[tuple[Camera, Spot]]:
        """Each spot once, with the first camera that sees it."""
        seen: set[str] = set()
        for camera, spot in self.spot_views():
            if spot.spot_id not in seen:
                seen.add(spot.spot_id)
                yield camera, spot

    def spot_views(self) -> Iterator[tuple[Camera, Spot]]:
        """Every spot as often as there are cameras that see it."""
        for camera in self.cameras:
            if isinstance(camera.plan, ParkingPlan):
                for spot in camera.plan.layout.spots:
                    yield camera, spot
