from service.cameras.stage_timer import StageSpan, StageTimer, stage_ms


def test_stages_add_up_and_start_anew():
    ticks = iter([0, 1_000_000, 1_000_000, 2_000_000, 2_000_000, 4_000_000])
    timer = StageTimer(lambda: next(ticks))
    for stage in ("detect", "track", "detect"):
        with timer(stage):
            pass
    spans = timer.take()
    assert spans[0] == StageSpan("detect", 0, 1_000_000)
    assert stage_ms(spans) == {"detect": 3.0, "track": 1.0}
    assert timer.take() == []
