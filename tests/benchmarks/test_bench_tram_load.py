import pytest

from benchmarks.bench_tram_load import is_believed


@pytest.mark.parametrize(
    ("observed_at", "level", "believed"),
    [
        pytest.param(None, "unavailable", False, id="no picture yet"),
        pytest.param("2026-01-02T03:04:05Z", "unavailable", False, id="a picture that is doubted"),
        pytest.param("2026-01-02T03:04:05Z", "clear", True, id="a clear track"),
    ],
)
def test_display_that_is_unavailable_is_not_measured(
    observed_at: str | None, level: str, believed: bool
) -> None:
    assert is_believed({"observed_at": observed_at, "level": level}) is believed
