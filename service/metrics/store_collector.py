"""How writing to the database goes, and what waits to be delivered."""

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.store.errors import StoreError
from service.store.store import Store


class StoreCollector(Collector):
    """The writer's queue, its losses, and the outbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """All figures now; the outbox is left out while the database is away."""
        status = self._store.writer.status
        yield GaugeMetricFamily(
            "wayside_store_up", "1 while the database takes what is written.", not status.is_away
        )
        yield GaugeMetricFamily(
            "wayside_store_queue_depth", "Changes that wait to be written.", status.queued
        )
        yield GaugeMetricFamily(
            "wayside_store_queue_limit", "Changes that may wait at most.", status.longest_queue
        )
        yield CounterMetricFamily(
            "wayside_store_written", "Changes written to the database.", status.written
        )
        yield CounterMetricFamily(
            "wayside_store_lost", "Changes that are in no history.", status.lost
        )
        yield from self._outbox()

    def _outbox(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily(
            "wayside_outbox_depth", "Deliveries that wait.", labels=["subscription"]
        )
        try:
            depths = self._store.outbox.depths()
        except StoreError:
            return
        for subscription_id, waiting in depths.items():
            depth.add_metric([subscription_id], waiting)
        yield depth
