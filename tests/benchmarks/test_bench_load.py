import pytest

from benchmarks.bench_load import LIMIT_P99_RATIO, OF_THE_SERVICE, is_kept

QUIET = {"p99_ratio": 1.6, "readers_lost": 0} | {each: {"failed": 0} for each in OF_THE_SERVICE}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        pytest.param({}, True, id="all well"),
        pytest.param({"p99_ratio": 2 * LIMIT_P99_RATIO}, False, id="answers too late"),
        pytest.param({"readers_lost": 1}, False, id="a reader cut off"),
        *(
            pytest.param({phase: {"failed": 1}}, False, id=f"an answer lost {phase}")
            for phase in OF_THE_SERVICE
        ),
    ],
)
def test_limit_is_kept_where_nothing_is_lost_in_any_phase(
    change: dict[str, object], kept: bool
) -> None:
    assert is_kept(QUIET | change) is kept
