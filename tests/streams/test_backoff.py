import random

from streams.backoff import Backoff


def test_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(first_s=1, limit_s=20)
    rng = random.Random(1)
    waits_s = [backoff.delay_s(failures, rng) for failures in range(1, 9)]
    full_s = [1, 2, 4, 8, 16, 20, 20, 20]
    assert all(full / 2 <= wait <= full for wait, full in zip(waits_s, full_s, strict=True))
    assert backoff.delay_s(10**6, rng) <= 20


def test_cameras_do_not_come_back_in_step() -> None:
    waits_s = [Backoff().delay_s(4, random.Random(camera)) for camera in range(100)]
    assert len({round(wait_s, 2) for wait_s in waits_s}) > 50
