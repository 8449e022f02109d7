import pytest

from service.live.event_filter import EventFilter
from service.live.records import EventRecord

SPOT = EventRecord(
    id=1,
    type="spot.changed",
    site_id="yard",
    camera_id="north",
    subject="A1",
    frame_id=7,
    timestamp_ns=0,
    data={"lot_id": "main"},
)
LOT = SPOT.model_copy(update={"type": "lot.changed", "subject": "main", "data": {}})


@pytest.mark.parametrize(
    ("wanted", "is_spot_wanted", "is_lot_wanted"),
    [
        pytest.param(EventFilter(), True, True, id="all"),
        pytest.param(EventFilter(types=["lot.changed"]), False, True, id="type"),
        pytest.param(EventFilter(site_id="yard"), True, True, id="site"),
        pytest.param(EventFilter(site_id="line"), False, False, id="another site"),
        pytest.param(EventFilter(lot_id="main"), True, True, id="lot and its spots"),
        pytest.param(EventFilter(lot_id="back"), False, False, id="another lot"),
        pytest.param(EventFilter(camera_id="south"), False, False, id="another camera"),
        pytest.param(EventFilter(subject="A1"), True, False, id="one spot"),
        pytest.param(EventFilter(["spot.changed"], subject="main"), False, False, id="all fit"),
    ],
)
def test_what_is_wanted(wanted, is_spot_wanted, is_lot_wanted):
    assert (wanted(SPOT), wanted(LOT)) == (is_spot_wanted, is_lot_wanted)
    assert EventFilter.from_json(wanted.as_json()) == wanted


def test_lot_filter_passes_over_cameras_without_a_lot():
    camera = SPOT.model_copy(update={"type": "camera.changed", "data": {}})
    assert not EventFilter(lot_id="main")(camera)
