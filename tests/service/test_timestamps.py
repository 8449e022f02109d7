import pytest

from service.timestamps import ns_to_iso


@pytest.mark.parametrize(
    ("timestamp_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (12_345_678_901, "1970-01-01T00:00:12.345Z"),
        (1_777_636_804_250_999_999, "2026-05-01T12:00:04.250Z"),
    ],
)
def test_iso_text_is_utc_to_the_millisecond(timestamp_ns, text):
    assert ns_to_iso(timestamp_ns) == text
