"""Whether every camera gives a picture, and whether its spots lie in it."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

from service.access.camera_addresses import CameraRules, address_fault
from service.doctor.finding import Finding, bad, care, good
from service.site.site import Camera, ParkingPlan, Site
from streams.errors import AccessRefusedError, SourceError
from streams.settings import SourceSettings
from streams.source import open_source
from vision.errors import LayoutError

MARGIN_S = 2.0  # libav keeps its own time limit only roughly


def check_cameras(sites: Sequence[Site], rules: CameraRules, wait_s: float) -> list[Finding]:
    """All cameras at the same time; none holds up the others.

    One that `rules` refuse is not opened: the service would not take its site file.
    """
    found = [
        (site, camera, _begin(site, camera, rules, wait_s))
        for site in sites
        for camera in site.cameras
    ]
    until_s = time.monotonic() + wait_s + MARGIN_S
    findings = []
    for site, camera, finding in found:
        try:
            findings.append(finding.result(max(until_s - time.monotonic(), 0.01)))
        except TimeoutError:
            said = f"{camera.public_source} gave no picture within {wait_s:g} s"
            findings.append(bad(_part(site, camera), said, "see whether it is switched on"))
    return findings


def _begin(site: Site, camera: Camera, rules: CameraRules, wait_s: float) -> Future[Finding]:
    finding: Future[Finding] = Future()
    look = threading.Thread(
        target=lambda: finding.set_result(_look(site, camera, rules, wait_s)), daemon=True
    )
    look.start()
    return finding


def _look(site: Site, camera: Camera, rules: CameraRules, wait_s: float) -> Finding:
    part, shown = _part(site, camera), camera.public_source
    refused = address_fault(camera.source, rules)
    if refused is not None:
        return bad(part, refused, "correct its address, or what the environment says of cameras")
    settings = SourceSettings(open_timeout_s=wait_s, stall_after_s=wait_s)
    began_s = time.monotonic()
    try:
        with open_source(
            camera.source, camera.camera_id, mode=camera.frames, settings=settings
        ) as source:
            for frame in source:
                took_s = time.monotonic() - began_s
                if isinstance(camera.plan, ParkingPlan):
                    camera.plan.layout.check_fits(*frame.size_px)
                size = f"{frame.width_px}x{frame.height_px}"
                return good(part, f"{shown}: first picture ({size}) after {took_s:.1f} s")
    except AccessRefusedError as error:
        return bad(part, str(error), "correct user and password in the environment")
    except SourceError as error:
        advice = "see its address, cable and power; the service goes on trying by itself"
        return bad(part, str(error), advice)
    except LayoutError as error:
        return bad(part, str(error), "draw its spots anew: they are for another picture")
    return care(part, f"{shown} holds no picture", "see whether the file is whole")


def _part(site: Site, camera: Camera) -> str:
    return f"camera {site.site_id}/{camera.camera_id}"
