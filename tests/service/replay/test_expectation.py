import pytest

from service.live.records import EventRecord
from service.replay.expectation import differences, read_events, write_events
from service.timestamps import seconds_to_ns


def spot(subject: str, status: str, second: float, reason: str | None = None) -> EventRecord:
    return EventRecord(
        id=1,
        type="spot.changed",
        site_id="yard",
        camera_id="north",
        subject=subject,
        frame_id=0,
        timestamp_ns=seconds_to_ns(second),
        data={"status": status, "reason": reason, "confidence": 0.9},
    )


PARKED = [spot("A1", "free", 1), spot("A1", "occupied", 5), spot("A2", "free", 1)]


@pytest.mark.parametrize(
    ("got", "sentences"),
    [
        pytest.param(PARKED, [], id="the same"),
        pytest.param([spot("A1", "free", 1.4), *PARKED[1:]], [], id="a picture later"),
        pytest.param(
            [PARKED[0], spot("A1", "occupied", 7), PARKED[2]],
            ["at 7.00 s: spot A1 became occupied, expected at 5.00 s"],
            id="two seconds late",
        ),
        pytest.param(
            [PARKED[0], PARKED[2]],
            ["at 5.00 s: spot A1 was expected to become occupied, but did not"],
            id="missed",
        ),
        pytest.param(
            [*PARKED, spot("A2", "occupied", 9)],
            ["at 9.00 s: spot A2 went from free to occupied, which was not expected"],
            id="invented",
        ),
        pytest.param(
            [PARKED[0], spot("A1", "unknown", 5, "dark"), PARKED[2]],
            [
                "at 5.00 s: spot A1 was expected to become occupied, but did not",
                "at 5.00 s: spot A1 went from free to unknown (dark), which was not expected",
            ],
            id="another state",
        ),
        pytest.param(
            [*PARKED, spot("B1", "free", 2)],
            ["at 2.00 s: spot B1 went from its first state to free, which was not expected"],
            id="another spot",
        ),
    ],
)
def test_difference_names_the_second_and_both_states(got, sentences):
    assert differences(PARKED, got) == sentences


def test_confidence_may_differ():
    other = [
        event.model_copy(update={"data": {**event.data, "confidence": 0.5}}) for event in PARKED
    ]
    assert differences(PARKED, other) == []


def test_events_survive_their_file(tmp_path):
    write_events(tmp_path / "new" / "golden.jsonl", PARKED)
    assert read_events(tmp_path / "new" / "golden.jsonl") == PARKED
