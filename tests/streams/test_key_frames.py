from collections.abc import Iterable

import pytest

from streams.key_frames import KeyFrameRhythm

S = 1_000_000_000


def stream(
    key_every_s: float, from_s: float, to_s: float, rate_hz: float = 25
) -> Iterable[tuple[int, bool]]:
    """Coded pictures as (time, is a key frame)."""
    per_key = round(key_every_s * rate_hz)
    for number in range(round((to_s - from_s) * rate_hz)):
        yield round((from_s + number / rate_hz) * S), number % per_key == 0


KEY_BYTES = 40_000


def heard(
    rhythm: KeyFrameRhythm, pictures: Iterable[tuple[int, bool]], bytes_between: int = 800
) -> list[bool]:
    """Whether key frames were enough after each picture."""
    said = []
    for time_ns, is_key in pictures:
        rhythm.observe(time_ns, KEY_BYTES if is_key else bytes_between, is_key=is_key)
        said.append(rhythm.is_enough)
    return said


def test_key_frames_are_enough_once_they_have_come_often_for_a_while() -> None:
    rhythm = KeyFrameRhythm(2.0)
    said = heard(rhythm, stream(1.0, 0, 30))
    assert said.index(True) == 10 * 25
    assert all(said[10 * 25 :])
    assert rhythm.interval_s == pytest.approx(1.0)


@pytest.mark.parametrize("key_every_s", [3.0, 30.0])
def test_key_frames_far_apart_are_never_enough(key_every_s: float) -> None:
    rhythm = KeyFrameRhythm(2.0)
    assert not any(heard(rhythm, stream(key_every_s, 0, 120)))
    assert rhythm.interval_s == pytest.approx(key_every_s, abs=0.05)


def test_a_key_frame_that_comes_a_little_late_is_in_time() -> None:
    assert heard(KeyFrameRhythm(2.0), stream(2.12, 0, 40))[-1]


def test_a_key_frame_that_stays_away_is_noticed_before_it_is_there() -> None:
    rhythm = KeyFrameRhythm(2.0)
    heard(rhythm, stream(1.0, 0, 20))
    said = heard(rhythm, stream(30.0, 20, 50))
    assert said.index(False) == pytest.approx(2.2 * 25, abs=1)
    assert not any(said[60:])
    assert rhythm.interval_s == pytest.approx(30.0, abs=0.1)


def test_a_stream_that_quickens_again_is_believed_later() -> None:
    rhythm = KeyFrameRhythm(2.0)
    heard(rhythm, stream(30.0, 0, 30))
    said = heard(rhythm, stream(1.0, 30, 60))
    assert said.index(True) == 10 * 25


def test_a_camera_that_repeats_its_picture_is_looked_at_picture_by_picture() -> None:
    rhythm = KeyFrameRhythm(2.0)
    heard(rhythm, stream(1.0, 0, 20))
    said = heard(rhythm, stream(1.0, 20, 30), bytes_between=30)
    assert said.index(False) == 25, "at the first key frame after it hung"
    assert not any(said[25:])
    assert heard(rhythm, stream(1.0, 30, 40))[-1]


def test_pictures_that_are_all_key_frames_need_nothing_between_them() -> None:
    assert heard(KeyFrameRhythm(2.0), stream(0.04, 0, 20))[-1]


def test_a_clock_set_back_begins_anew() -> None:
    rhythm = KeyFrameRhythm(2.0)
    heard(rhythm, stream(1.0, 100, 120))
    assert heard(rhythm, stream(1.0, 0, 30)).index(True) == 10 * 25


def test_pictures_without_a_time_tell_nothing() -> None:
    rhythm = KeyFrameRhythm(2.0)
    for _ in range(100):
        rhythm.observe(None, KEY_BYTES, is_key=True)
    assert not rhythm.is_enough
    assert rhythm.interval_s is None
