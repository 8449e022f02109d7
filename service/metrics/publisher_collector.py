"""How the publishers are doing."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.publish.publisher_status import PublisherStatus

LABELS = ["publisher"]


class PublisherCollector(Collector):
    """Connections, messages and failures of every publisher."""

    def __init__(self, statuses: Callable[[], Sequence[PublisherStatus]]) -> None:
        self._statuses = statuses

    def collect(self) -> Iterator[Metric]:
        """All figures now."""
        up = GaugeMetricFamily("wayside_publisher_up", "1 while it is connected.", labels=LABELS)
        waiting = GaugeMetricFamily(
            "wayside_publisher_queue_depth", "Messages that wait.", labels=LABELS
        )
        sent = CounterMetricFamily("wayside_publisher_sent", "Messages taken.", labels=LABELS)
        failed = CounterMetricFamily(
            "wayside_publisher_failures", "Connections or messages that failed.", labels=LABELS
        )
        for status in self._statuses():
            up.add_metric([status.name], status.is_connected)
            waiting.add_metric([status.name], status.waiting)
            sent.add_metric([status.name], status.sent)
            failed.add_metric([status.name], status.failures)
        yield from (up, waiting, sent, failed)
