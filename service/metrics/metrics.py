"""All figures of a service in a registry of its own."""

import time
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from service.cameras.stage_timer import stage_ms
from service.live.hub import Hub
from service.live.picture_report import PictureReport
from service.live.records import EventRecord
from service.metrics.hub_collector import HubCollector
from service.metrics.publisher_collector import PublisherCollector
from service.metrics.store_collector import StoreCollector
from service.publish.publisher_status import PublisherStatus
from service.store.store import Store
from service.timestamps import NS_PER_S

MS_PER_S = 1000
STAGE_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
LATENCY_BUCKETS_S = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0)
OF_CAMERA = ("site", "camera")


class Metrics:
    """Takes what happens from any thread, and writes all figures when Prometheus asks."""

    def __init__(
        self,
        hub: Hub,
        *,
        store: Store | None = None,
        publishers: Callable[[], Sequence[PublisherStatus]] = tuple,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Over a hub, whose events are listened to from now on."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # doubles what is sent
        self._clock_ns = clock_ns
        registry = CollectorRegistry()
        self._stage = Histogram(
            "wayside_stage_seconds",
            "Time of one picture in a stage.",
            (*OF_CAMERA, "stage"),
            registry=registry,
            buckets=STAGE_BUCKETS_S,
        )
        self._latency = Histogram(
            "wayside_result_latency_seconds",
            "From a picture's capture to its published result.",
            OF_CAMERA,
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        self._alert_latency = Histogram(
            "wayside_alert_latency_seconds",
            "From the capture of the picture that changed a display to the event.",
            OF_CAMERA,
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        self._events = Counter(
            "wayside_events", "Changes told.", ("site", "type"), registry=registry
        )
        Info("wayside_build", "The program.", registry=registry).info(
            {"version": metadata.version("wayside-vision")}
        )
        registry.register(HubCollector(hub, clock_ns))
        registry.register(PublisherCollector(publishers))
        if store is not None:
            registry.register(StoreCollector(store))
        ProcessCollector("wayside", registry=registry)
        self._registry = registry
        hub.feed(self.count_events)

    def observe(self, report: PictureReport) -> None:
        """Take note of one picture."""
        names = (report.site_id, report.camera_id)
        wait_s = (report.taken_ns - report.captured_ns) / NS_PER_S
        self._stage.labels(*names, "wait").observe(wait_s)
        for stage, spent_ms in stage_ms(report.spans).items():
            self._stage.labels(*names, stage).observe(spent_ms / MS_PER_S)
        latency_s = (report.published_ns - report.captured_ns) / NS_PER_S
        self._latency.labels(*names).observe(latency_s)

    def count_events(self, events: Iterable[EventRecord]) -> None:
        """Take note of changes as they are told."""
        for event in events:
            self._events.labels(event.site_id, event.type).inc()
            if event.type == "alert.changed":
                latency_s = (self._clock_ns() - event.timestamp_ns) / NS_PER_S
                self._alert_latency.labels(event.site_id, event.camera_id).observe(latency_s)

    def forget(self, site_id: str, camera_id: str) -> None:
        """A camera is gone: so are its times."""
        labels = {"site": site_id, "camera": camera_id}
        for histogram in (self._stage, self._latency, self._alert_latency):
            histogram.remove_by_labels(labels)

    def text(self, accepted: str = "") -> tuple[bytes, str]:
        """Everything as text, and its media type; `accepted` is the Accept header."""
        encode, media_type = choose_encoder(accepted)
        return encode(self._registry), media_type
