from service.replay.own_speed_error import own_speed_error
from service.replay.recorded_run import RecordedRun, Sighting
from tests.service.replay.stories import tram_run, tram_truth


def run_that_sees(*speeds_mps: float | None) -> RecordedRun:
    sightings = tuple(
        Sighting(t_s=float(second), estimated_speed_mps=speed, obstacles=())
        for second, speed in enumerate(speeds_mps)
    )
    return tram_run([(0, "clear")]).model_copy(update={"sightings": sightings})


def test_median_is_told_with_the_worst_moment():
    figure = own_speed_error(run_that_sees(None, 9.5, 10.2, 13.0), tram_truth([]))
    assert figure.value == 0.05
    assert figure.worst == "worst 30%: 10.0 m/s at 3.00 s, seen 13.0 m/s"


def test_speed_that_came_another_way_is_not_judged():
    assert own_speed_error(run_that_sees(None, None), tram_truth([])).value is None


def test_tram_that_hardly_moves_is_not_judged():
    assert own_speed_error(run_that_sees(0.3, 0.1), tram_truth([], speed_mps=0.5)).value is None
