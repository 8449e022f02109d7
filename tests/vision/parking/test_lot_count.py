from dataclasses import replace

import pytest

from vision.parking.lot_count import count_lot
from vision.parking.spot_state import SpotState, SpotStatus, first_spot_state

FREE, OCCUPIED, UNKNOWN, CLOSED = (
    SpotStatus.FREE,
    SpotStatus.OCCUPIED,
    SpotStatus.UNKNOWN,
    SpotStatus.CLOSED,
)


def _spot(status: SpotStatus) -> SpotState:
    return replace(first_spot_state(0), status=status)


@pytest.mark.parametrize(
    ("statuses", "text", "free"),
    [
        ([FREE, FREE, OCCUPIED], "2 free", (2, 2)),
        ([FREE, UNKNOWN, UNKNOWN, OCCUPIED], "1–3 free", (1, 3)),
        ([UNKNOWN, UNKNOWN], "0–2 free", (0, 2)),
        ([CLOSED, OCCUPIED], "0 free", (0, 0)),
        ([], "0 free", (0, 0)),
    ],
    ids=["all known", "some unknown", "blind camera", "closed spot is not free", "no spots"],
)
def test_count(statuses: list[SpotStatus], text: str, free: tuple[int, int]) -> None:
    count = count_lot("main", [_spot(status) for status in statuses])
    assert str(count) == text
    assert (count.free_min, count.free_max) == free
    assert count.total == len(statuses)
    assert count.free_min + count.occupied + count.unknown + count.closed == count.total
