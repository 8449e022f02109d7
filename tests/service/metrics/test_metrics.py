import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.cameras.stage_timer import StageSpan
from service.live.hub import Hub
from service.live.picture_report import PictureReport
from service.metrics.metrics import Metrics
from service.publish.publisher_status import PublisherStatus
from service.store.store import Store
from service.timestamps import NS_PER_MS
from tests.service.publish.yard import Yard, change_camera, drive, line_site, yard_site
from tests.service.running import running_server


def figures(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def figure(metrics: Metrics, name: str, **labels: str) -> float | None:
    return figures(metrics.text()[0]).get((name, frozenset(labels.items())))


def test_states_are_counted_when_asked(tmp_path):
    yard, line = yard_site(tmp_path), line_site(tmp_path)
    hub = Hub([yard, line])
    metrics = Metrics(hub)
    Yard(yard, hub).park({"A1"})
    lot = {"site": "yard", "lot": "main"}
    assert figure(metrics, "wayside_spots", **lot, status="occupied") == 1
    assert figure(metrics, "wayside_spots", **lot, status="free") == 2
    assert figure(metrics, "wayside_lot_free_spots_min", **lot) == 2
    north = {"site": "yard", "camera": "north"}
    assert figure(metrics, "wayside_camera_status", **north, status="live") == 1
    assert figure(metrics, "wayside_camera_status", **north, status="lost") == 0
    cab = {"site": "line", "camera": "cab"}
    assert figure(metrics, "wayside_tram_display", **cab, level="unavailable") == 1
    change_camera(hub, 1)
    assert figure(metrics, "wayside_camera_status", **north, status="lost") == 1
    assert figure(metrics, "wayside_events_total", site="yard", type="camera.changed") == 2


def test_times_are_histograms(tmp_path):
    hub = Hub([line_site(tmp_path)])
    metrics = Metrics(hub)
    begin_ns = 1_000_000_000
    stage = StageSpan("detect", begin_ns + 5 * NS_PER_MS, begin_ns + 45 * NS_PER_MS)
    for frame_id in range(3):
        metrics.observe(
            PictureReport(
                "line",
                "cab",
                frame_id,
                captured_ns=begin_ns,
                taken_ns=begin_ns + 5 * NS_PER_MS,
                published_ns=begin_ns + 50 * NS_PER_MS,
                spans=[stage],
            )
        )
    cab = {"site": "line", "camera": "cab"}
    assert figure(metrics, "wayside_stage_seconds_count", **cab, stage="detect") == 3
    assert figure(metrics, "wayside_stage_seconds_sum", **cab, stage="detect") == pytest.approx(
        0.12
    )
    assert figure(metrics, "wayside_stage_seconds_bucket", **cab, stage="wait", le="0.005") == 3
    assert figure(metrics, "wayside_result_latency_seconds_sum", **cab) == pytest.approx(0.15)
    drive(hub.sites[0], hub)
    assert (figure(metrics, "wayside_alert_latency_seconds_count", **cab) or 0) >= 1
    metrics.forget("line", "cab")
    assert figure(metrics, "wayside_stage_seconds_count", **cab, stage="detect") is None


def test_queues_of_database_and_publishers(tmp_path):
    store = Store.open(str(tmp_path / "t.sqlite"))
    status = PublisherStatus("mqtt yard", is_connected=True, sent=7, waiting=2)
    metrics = Metrics(Hub([yard_site(tmp_path)]), store=store, publishers=lambda: [status])
    assert figure(metrics, "wayside_store_up") == 1
    assert figure(metrics, "wayside_store_queue_depth") == 0
    assert figure(metrics, "wayside_publisher_up", publisher="mqtt yard") == 1
    assert figure(metrics, "wayside_publisher_sent_total", publisher="mqtt yard") == 7
    assert figure(metrics, "wayside_publisher_queue_depth", publisher="mqtt yard") == 2
    store.close()


def test_names_have_the_prefix_and_base_units(tmp_path):
    hub = Hub([yard_site(tmp_path)])
    families = text_string_to_metric_families(Metrics(hub).text()[0].decode())
    names = [family.name for family in families]
    assert all(name.startswith("wayside_") for name in names)
    assert not [name for name in names if name.endswith(("_ms", "_milliseconds", "_percent"))]


def test_prometheus_reads_them_over_http(tmp_path):
    with running_server(Hub([yard_site(tmp_path)])) as root:
        answer = httpx.get(f"{root}/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        assert ("wayside_event_readers", frozenset()) in figures(answer.content)
        newer = httpx.get(f"{root}/metrics", headers={"Accept": "application/openmetrics-text"})
        assert newer.text.endswith("# EOF\n")
