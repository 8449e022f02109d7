"""The states that the hub knows, as figures at the moment when somebody asks."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.live.camera_state import CameraStatus
from service.live.hub import Hub
from service.timestamps import NS_PER_S, iso_to_ns
from vision.parking.spot_state import SpotStatus
from vision.tram.alert_state import AlertLevel

SITE, CAMERA = "site", "camera"


class HubCollector(Collector):
    """Cameras, spots, lots, displays and readers."""

    def __init__(self, hub: Hub, clock_ns: Callable[[], int]) -> None:
        self._hub = hub
        self._clock_ns = clock_ns

    def collect(self) -> Iterator[Metric]:
        """All figures now."""
        now_ns = self._clock_ns()
        yield from self._cameras(now_ns)
        yield from self._spots(now_ns)
        yield from self._lots(now_ns)
        yield from self._displays(now_ns)
        yield from self._cabins()
        yield GaugeMetricFamily(
            "wayside_event_readers", "Readers of event streams now.", self._hub.reader_count
        )
        yield CounterMetricFamily(
            "wayside_event_readers_cut",
            "Readers cut off for being too slow.",
            self._hub.cut_reader_count,
        )

    def _cameras(self, now_ns: int) -> Iterator[Metric]:
        labels = [SITE, CAMERA]
        frames = _counter("frames", "Pictures looked at.", labels)
        dropped = _counter("frames_dropped", "Pictures that a newer one replaced unseen.", labels)
        damaged = _counter("frames_damaged", "Pictures that could not be decoded.", labels)
        reconnects = _counter("camera_reconnects", "Connections after the first.", labels)
        sparse = _gauges(
            "camera_key_frames_only", "1 while nothing but key frames is decoded, else 0.", labels
        )
        interval = _gauges(
            "camera_key_frame_interval_seconds",
            "From one key frame of the stream to the next, where it is measured.",
            labels,
        )
        age = _gauges("frame_age_seconds", "Since the newest picture was taken.", labels)
        status = _gauges("camera_status", "1 for the camera's status, else 0.", [*labels, "status"])
        pitch = _gauges(
            "tram_calibration_pitch_off_degrees",
            "By how much the site file's pitch exceeds what the rails say.",
            labels,
        )
        height = _gauges(
            "tram_calibration_height_off_ratio",
            "Likewise of the height, as a share of the one found.",
            labels,
        )
        for site in self._hub.sites:
            for camera in self._hub.cameras(site.site_id):
                names = [site.site_id, camera.camera_id]
                frames.add_metric(names, camera.frames)
                dropped.add_metric(names, camera.dropped)
                damaged.add_metric(names, camera.damaged)
                reconnects.add_metric(names, camera.reconnects)
                sparse.add_metric(names, camera.decoded == "key_frames")
                if camera.key_frame_interval_s is not None:
                    interval.add_metric(names, camera.key_frame_interval_s)
                if camera.observed_at is not None:
                    age.add_metric(names, (now_ns - iso_to_ns(camera.observed_at)) / NS_PER_S)
                for each in CameraStatus:
                    status.add_metric([*names, each.value], camera.status == each.value)
                if (found := camera.calibration) is not None:
                    pitch.add_metric(names, found.stated_pitch_deg - found.pitch_deg)
                    height.add_metric(names, found.stated_height_m / found.height_m - 1)
        yield from (frames, dropped, damaged, reconnects, sparse, interval)
        yield from (age, status, pitch, height)

    def _spots(self, now_ns: int) -> Iterator[Metric]:
        spots = _gauges(
            "spots", "Spots of a lot by what is known of them.", [SITE, "lot", "status"]
        )
        for site in self._hub.sites:
            found = self._hub.spots(site.site_id, now_ns)
            counts = Counter((spot.lot_id, spot.status) for spot in found)
            for lot in site.lots:
                for each in SpotStatus:
                    spots.add_metric(
                        [site.site_id, lot.lot_id, each.value], counts[lot.lot_id, each.value]
                    )
        yield spots

    def _lots(self, now_ns: int) -> Iterator[Metric]:
        labels = [SITE, "lot"]
        least = _gauges("lot_free_spots_min", "Spots known to be free.", labels)
        most = _gauges("lot_free_spots_max", "Spots known to be free, or unknown.", labels)
        for site in self._hub.sites:
            for lot in self._hub.lots(site.site_id, now_ns):
                least.add_metric([site.site_id, lot.lot_id], lot.free_min)
                most.add_metric([site.site_id, lot.lot_id], lot.free_max)
        yield from (least, most)

    def _displays(self, now_ns: int) -> Iterator[Metric]:
        labels = [SITE, CAMERA, "level"]
        display = _gauges("tram_display", "1 for what the display shows, else 0.", labels)
        for site in self._hub.sites:
            for alert in self._hub.alerts(site.site_id, now_ns):
                for each in AlertLevel:
                    names = [site.site_id, alert.camera_id, each.value]
                    display.add_metric(names, alert.level == each.value)
        yield display

    def _cabins(self) -> Iterator[Metric]:
        """What the displays measured themselves, and what drivers said of it."""
        labels = [SITE, CAMERA]
        age = _gauges(
            "tram_display_age_seconds",
            "Capture to display of the last alerts, as the displays measured it.",
            [*labels, "quantile"],
        )
        warnings = _counter("tram_warnings", "Cautions and alarms shown or recorded.", labels)
        false = _counter("tram_false_alarms", "Alerts that drivers marked as false.", labels)
        way = _counter("tram_driven_metres", "Driven under watch.", labels)
        for site in self._hub.sites:
            for camera in site.cameras:
                if camera.mission != "tram":
                    continue
                names = [site.site_id, camera.camera_id]
                tally = self._hub.cabins.tally(*names)
                warnings.add_metric(names, tally.cautions)
                false.add_metric(names, tally.false_alarms)
                way.add_metric(names, tally.driven_m)
                ages_ms = self._hub.cabins.ages.percentiles(*names, alerts_only=True)
                for name, value_ms in ages_ms.items():
                    age.add_metric([*names, str(int(name[1:]) / 100)], value_ms / 1000)
        yield from (age, warnings, false, way)


def _counter(name: str, meaning: str, labels: list[str]) -> CounterMetricFamily:
    return CounterMetricFamily(f"wayside_{name}", meaning, labels=labels)


def _gauges(name: str, meaning: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wayside_{name}", meaning, labels=labels)
