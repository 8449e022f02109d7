from benchmarks.eval_rides import ERRORS, whole


def ride(unwanted_s: float, near: float | None) -> dict[str, float | None]:
    return {"s": 8.0, "caution_unwanted_s": unwanted_s} | dict.fromkeys(ERRORS) | {ERRORS[0]: near}


def test_seconds_add_up_and_errors_are_averaged_over_rides_that_have_one():
    judged = whole([ride(0.4, 0.02), ride(1.2, None), ride(0.0, 0.04)])
    assert judged["rides"] == 3
    assert judged["s"] == 24.0
    assert judged["caution_unwanted_s"] == 1.6
    assert judged[ERRORS[0]] == 0.03
    assert judged[ERRORS[1]] is None
