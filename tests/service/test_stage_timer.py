from service.stage_timer import StageTimer


def test_stages_add_up_and_start_anew():
    ticks = iter([0, 2_000_000, 5_000_000, 6_000_000, 10_000_000, 11_000_000])
    timer = StageTimer(lambda: next(ticks))
    for stage in ("detect", "track", "detect"):
        with timer(stage):
            pass
    assert timer.take_ms() == {"detect": 3.0, "track": 1.0}
    assert timer.take_ms() == {}
