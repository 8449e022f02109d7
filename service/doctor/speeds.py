"""Whether the own speed of every tram arrives."""

import threading
from collections.abc import Iterable, Sequence

from service.doctor.finding import Finding, bad, good
from service.ego_speed.mqtt import MqttOdometry
from service.ego_speed.nmea import NmeaGnss
from service.ego_speed.plan import SpeedPlan
from service.ego_speed.reading import SpeedReading
from service.site.site import Site, TramPlan
from streams.urls import redact
from vision.tram.braking import KMH_PER_MPS


def check_speeds(sites: Sequence[Site], wait_s: float) -> Iterable[Finding]:
    """Every live source of a speed is listened to until one comes; what is recorded is there."""
    for site in sites:
        for camera in site.cameras:
            if not isinstance(camera.plan, TramPlan):
                continue
            part = f"speed of {site.site_id}/{camera.camera_id}"
            if camera.plan.speed == SpeedPlan():
                advice = "name one in the site file (tram.speed): the driver gets no assistance"
                yield bad(part, "no own speed is named", advice)
            elif camera.plan.speed.live is not None:
                yield _listen(part, camera.plan.speed.live, wait_s)


def _listen(part: str, source: MqttOdometry | NmeaGnss, wait_s: float) -> Finding:
    shown, heard, stopping = redact(source.address), list[SpeedReading](), threading.Event()

    def take(reading: SpeedReading) -> None:
        heard.append(reading)
        stopping.set()

    waiting = threading.Timer(wait_s, stopping.set)
    waiting.start()
    trouble = f"it lets us in, but no speed came within {wait_s:g} s"
    try:
        source.listen(take, stopping)
    except (OSError, ValueError) as error:
        trouble = str(error)
    finally:
        waiting.cancel()
    if heard:
        speed_mps = heard[0].speed_mps
        return good(part, f"{shown} says {speed_mps:.1f} m/s ({speed_mps * KMH_PER_MPS:.0f} km/h)")
    advice = "see tram.speed of the site file and whether the vehicle sends; without, no assistance"
    return bad(part, f"{shown}: {trouble}", advice)
