"""The accuracy audit: spots sampled at random, to be judged by a person.

A sample holds what was told of a spot and a small picture of it with the detail taken out. Nothing
is sampled, and no picture kept, unless the site file's `audit:` block says so.
"""

import math
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

import cv2
import structlog

from service.live.hub import Hub, LiveView
from service.live.records import SpotRecord
from service.site.site import Site
from service.store.audits import Audit
from service.store.errors import StoreError
from service.store.store import Store
from service.timestamps import NS_PER_S, iso_to_ns, ns_to_datetime
from vision.arrays import FloatArray, ImageArray
from vision.canvas import LIGHT, Canvas
from vision.coarsening import coarse_cutout
from vision.parking.watch import ParkingResult

SECONDS_PER_DAY = 86400.0
LOOK_S = 60.0  # how soon a site file that was changed is followed
LONGEST_PX = 112  # a car's plate is some 10 px wide: its characters cannot be read
PICTURE_OLD_S = 1.0  # before the spot was seen as it is told: the picture is of another moment
SHOWN_TIMES = 3  # samples are kept so much larger than their detail, for the outline to be fine
JPEG_QUALITY = 80
LUMA_NIGHT, LUMA_DUSK = 55.0, 90.0  # mean grey of 255 in the rendered clips: below is night, dusk
Z_95 = 1.959964
"""Of the standard normal distribution, for an interval of 95 %."""


class Verdict(StrEnum):
    """What a person says of a sample."""

    RIGHT = "right"
    WRONG = "wrong"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Sample:
    """One spot at one moment."""

    spot: SpotRecord
    camera_id: str
    """Whose picture it is."""
    taken_ns: int
    picture: bytes
    light: str
    weather: str
    """As the operator reported it; unknown otherwise."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many of the judged states were right."""

    right: int
    judged: int

    @property
    def share(self) -> float | None:
        """None before anything was judged."""
        return self.right / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        """Within which the true share lies in 95 of 100 cases (Wilson)."""
        return wilson_interval(self.right, self.judged)


def wilson_interval(right: int, judged: int, z: float = Z_95) -> tuple[float, float]:
    """The interval of Wilson (1927) for a share; all of 0 to 1 where nothing was judged."""
    if not judged:
        return 0.0, 1.0
    share, z2 = right / judged, z * z
    middle = (share + z2 / (2 * judged)) / (1 + z2 / judged)
    reach = z * math.sqrt(share * (1 - share) / judged + z2 / (4 * judged**2)) / (1 + z2 / judged)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def accuracy_by(audits: Iterable[Audit], key: Callable[[Audit], str]) -> dict[str, Accuracy]:
    """The accuracy of each group, in order; what could not be told counts for nothing."""
    groups: dict[str, Accuracy] = {}
    for audit in audits:
        if audit.verdict in (Verdict.RIGHT, Verdict.WRONG):
            before = groups.get(key(audit), Accuracy(0, 0))
            is_right = audit.verdict == Verdict.RIGHT
            groups[key(audit)] = Accuracy(before.right + is_right, before.judged + 1)
    return dict(sorted(groups.items()))


def hour_of(audit: Audit, zone: tzinfo) -> str:
    """The hour of the day in which a sample was taken, `00` to `23`."""
    return f"{ns_to_datetime(audit.taken_ns).astimezone(zone).hour:02d}"


def light_of(image: ImageArray) -> str:
    """`day`, `dusk` or `night`, by how bright a picture is."""
    luma = float(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean())
    return "night" if luma < LUMA_NIGHT else "dusk" if luma < LUMA_DUSK else "day"


def take_sample(
    hub: Hub, site: Site, now_ns: int, choose: Callable[[Sequence[SpotRecord]], SpotRecord]
) -> Sample | None:
    """One of the site's spots that are told as free or occupied; None when there is none."""
    known = [
        spot for spot in hub.spots(site.site_id, now_ns) if spot.status in ("free", "occupied")
    ]
    if not known:
        return None
    spot = choose(known)
    view = view_of(hub, spot)
    outline = None if view is None else outline_in(view, spot.spot_id)
    if view is None or outline is None:
        return None
    image, taken_ns = view.frame.image, view.frame.timestamp_ns
    weather = hub.weathers.at(site.site_id, taken_ns)
    return Sample(
        spot,
        view.frame.camera_id,
        taken_ns,
        sample_picture(image, outline),
        light_of(image),
        weather.value,
    )


def view_of(hub: Hub, spot: SpotRecord) -> LiveView | None:
    """The newest picture of the cameras that say of a spot what is told.

    None where they have none, or only one from before the spot was seen so.
    """
    agreeing = [each.camera_id for each in spot.votes or () if each.status == spot.status]
    views = [hub.view(spot.site_id, name) for name in agreeing or [spot.camera_id]]
    seen = [view for view in views if view is not None]
    if not seen or spot.observed_at is None:
        return None
    newest = max(seen, key=lambda view: view.frame.timestamp_ns)
    oldest_ns = iso_to_ns(spot.observed_at) - PICTURE_OLD_S * NS_PER_S
    return newest if newest.frame.timestamp_ns >= oldest_ns else None


def outline_in(view: LiveView, spot_id: str) -> FloatArray | None:
    """The outline (K, 2) that was looked at, in px of the picture: the camera may have drifted."""
    layout = view.result.layout if isinstance(view.result, ParkingResult) else None
    looked_at = () if layout is None else layout.spots
    return next((each.polygon for each in looked_at if each.spot_id == spot_id), None)


def sample_picture(image: ImageArray, polygon: FloatArray) -> bytes:
    """A spot, (K, 2) in px, as a JPEG with its outline; nobody and no plate can be recognised."""
    small, outline = coarse_cutout(image, polygon, LONGEST_PX)
    size = (small.shape[1] * SHOWN_TIMES, small.shape[0] * SHOWN_TIMES)
    large = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR).astype(image.dtype)
    canvas = Canvas(large)
    canvas.outline(outline * SHOWN_TIMES, LIGHT, 1.5)
    _, data = cv2.imencode(".jpg", canvas.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()


class Auditor:
    """Samples the sites for as long as the service runs, at moments nobody can foresee."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        chance: random.Random | None = None,
    ) -> None:
        self._hub, self._store = hub, store
        self._clock_ns = clock_ns
        self._chance = chance or random.SystemRandom()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begin to sample the sites that want it."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop sampling."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def sample(self, site: Site) -> int | None:
        """Take and keep one sample now; returns its number, None when there was nothing to take."""
        sample = take_sample(self._hub, site, self._clock_ns(), self._chance.choice)
        if sample is None:
            return None
        return self._store.audits.add(
            site_id=site.site_id,
            lot_id=sample.spot.lot_id,
            camera_id=sample.camera_id,
            spot_id=sample.spot.spot_id,
            taken_ns=sample.taken_ns,
            told=sample.spot.status,
            confidence=sample.spot.confidence,
            picture=sample.picture,
            conditions={"light": sample.light, "weather": sample.weather},
        )

    def _run(self) -> None:
        while True:
            sites = [site for site in self._hub.sites if site.audits_per_day > 0]
            per_second = sum(site.audits_per_day for site in sites) / SECONDS_PER_DAY
            wait_s = self._chance.expovariate(per_second) if sites else math.inf
            # Waiting anew after a while changes nothing: such moments have no memory.
            if self._stopping.wait(min(wait_s, LOOK_S)):
                return
            if wait_s <= LOOK_S:
                self._sample_one(sites)

    def _sample_one(self, sites: Sequence[Site]) -> None:
        """One of these sites, as it is now; none where it is gone or wants no samples any more."""
        (chosen,) = self._chance.choices(sites, [each.audits_per_day for each in sites])
        site = self._hub.site(chosen.site_id)
        if site is None or not site.audits_per_day:
            return
        try:
            self.sample(site)
        except StoreError as away:
            log = structlog.get_logger()
            log.warning("audit sample lost", site_id=site.site_id, reason=str(away))
