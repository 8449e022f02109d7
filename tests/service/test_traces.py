import builtins
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.cameras.stage_timer import StageSpan
from service.errors import MisuseError, ServeError
from service.live.picture_report import PictureReport
from service.timestamps import NS_PER_MS
from service.traces import open_traces

BEGIN_NS = 1_777_636_804_000_000_000
REPORT = PictureReport(
    "line",
    "cab",
    17,
    captured_ns=BEGIN_NS,
    taken_ns=BEGIN_NS + 5 * NS_PER_MS,
    published_ns=BEGIN_NS + 50 * NS_PER_MS,
    spans=[StageSpan("detect", BEGIN_NS + 6 * NS_PER_MS, BEGIN_NS + 46 * NS_PER_MS)],
)


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A receiver of OTLP over HTTP: its address, and the spans that came."""
    came: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") is None:
                request = ExportTraceServiceRequest.FromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        came.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", came
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_picture_is_a_span_with_its_stages(collector):
    endpoint, came = collector
    traces = open_traces(endpoint)
    traces.observe(REPORT)
    traces.close()
    spans = {span.name: span for span in came}
    assert set(spans) == {"picture", "wait", "detect"}
    picture, detect = spans["picture"], spans["detect"]
    assert detect.parent_span_id == picture.span_id
    assert picture.end_time_unix_nano - picture.start_time_unix_nano == 50 * NS_PER_MS
    assert detect.start_time_unix_nano == BEGIN_NS + 6 * NS_PER_MS
    named = {each.key: each.value for each in picture.attributes}
    assert named["wayside.camera_id"].string_value == "cab"
    assert named["wayside.frame_id"].int_value == 17


def test_an_address_that_is_none_is_refused_at_once():
    with pytest.raises(MisuseError, match="such as http://localhost:4318/v1/traces, got 'nowhere'"):
        open_traces("nowhere")


def test_asking_without_the_extra_is_told_in_one_sentence(monkeypatch):
    real_import = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real_import(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ServeError, match=r"pip install 'wayside-vision\[traces\]'"):
        open_traces("http://localhost:4318/v1/traces")
