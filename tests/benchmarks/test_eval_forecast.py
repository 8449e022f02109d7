from benchmarks.eval_forecast import WEEK_H, WEEKS, origins


def test_forecasts_are_made_at_every_hour_of_the_week() -> None:
    assert {hour % WEEK_H for hour in origins(WEEKS * WEEK_H)} == set(range(WEEK_H))
