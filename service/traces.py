"""Optional OpenTelemetry traces: one span per picture, with a span for each of its stages."""

from collections.abc import Callable
from dataclasses import dataclass

from service.errors import MisuseError, ServeError
from service.live.picture_report import PictureObserver, PictureReport

FLUSH_MS = 1000


@dataclass(frozen=True, slots=True)
class Traces:
    """Where pictures are told of, and the end of it."""

    observe: PictureObserver
    close: Callable[[], object]
    """Sends what waits, within about a second."""


def open_traces(endpoint: str) -> Traces:
    """Send spans to an OTLP/HTTP collector such as `http://localhost:4318/v1/traces`.

    Raises MisuseError for an address of another kind, ServeError where the extra `traces` is not
    installed. A collector that is away costs its spans and nothing else.
    """
    if not endpoint.startswith(("http://", "https://")):
        raise MisuseError(
            f"traces go to an address such as http://localhost:4318/v1/traces, got {endpoint!r}"
        )
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import set_span_in_context
    except ImportError as error:
        raise ServeError(
            f"traces to {endpoint} were asked for, but OpenTelemetry is not installed: "
            "pip install 'wayside-vision[traces]', or leave --traces out"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "wayside"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=2)))
    tracer = provider.get_tracer("wayside")

    def observe(report: PictureReport) -> None:
        picture = tracer.start_span(
            "picture",
            start_time=report.captured_ns,
            attributes={
                "wayside.site_id": report.site_id,
                "wayside.camera_id": report.camera_id,
                "wayside.frame_id": report.frame_id,
            },
        )
        inside = set_span_in_context(picture)
        wait = tracer.start_span("wait", inside, start_time=report.captured_ns)
        wait.end(report.taken_ns)
        for span in report.spans:
            stage = tracer.start_span(span.stage, inside, start_time=span.begin_ns)
            stage.end(span.end_ns)
        picture.end(report.published_ns)

    def close() -> None:
        provider.force_flush(FLUSH_MS)
        provider.shutdown()

    return Traces(observe, close)
