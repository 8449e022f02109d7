from dataclasses import replace

import pytest

from service.live.recording import ALERT_VALID_FOR_NS, fresh_alert_state, fresh_spot_state
from vision.parking.spot_state import SpotStatus, UnknownReason, first_spot_state
from vision.tram.alert_state import AlertLevel, UnavailableReason, first_alert_state

SEEN = replace(
    first_spot_state(0),
    status=SpotStatus.FREE,
    reason=None,
    confidence=0.9,
    observed_at_ns=10,
    valid_until_ns=100,
)
CLEAR = replace(first_alert_state(0), level=AlertLevel.CLEAR, reason=None, observed_at_ns=10)


@pytest.mark.parametrize(
    ("state", "now_ns", "status", "reason"),
    [
        pytest.param(SEEN, 100, "free", None, id="valid to the last moment"),
        pytest.param(SEEN, 101, "unknown", "stale", id="outdated"),
        pytest.param(None, 5, "unknown", "no_picture_yet", id="never seen"),
        pytest.param(
            replace(SEEN, status=SpotStatus.UNKNOWN, reason=UnknownReason.DARK),
            101,
            "unknown",
            "dark",
            id="unknown keeps its reason",
        ),
        pytest.param(
            replace(SEEN, status=SpotStatus.CLOSED), 101, "closed", None, id="closed stays"
        ),
    ],
)
def test_spot_as_it_may_be_told(state, now_ns, status, reason):
    fresh = fresh_spot_state(state, now_ns)
    assert (fresh.status, fresh.reason) == (status, reason)


def test_closed_spot_is_closed_without_pictures():
    assert fresh_spot_state(None, 5, is_closed=True).status is SpotStatus.CLOSED


@pytest.mark.parametrize(
    ("now_ns", "is_overloaded", "level", "reason"),
    [
        (10 + ALERT_VALID_FOR_NS, False, AlertLevel.CLEAR, None),
        (11 + ALERT_VALID_FOR_NS, False, AlertLevel.UNAVAILABLE, UnavailableReason.NO_PICTURE),
        (11 + ALERT_VALID_FOR_NS, True, AlertLevel.UNAVAILABLE, UnavailableReason.OVERLOADED),
    ],
)
def test_display_as_it_may_be_shown(now_ns, is_overloaded, level, reason):
    fresh = fresh_alert_state(CLEAR, now_ns, is_overloaded=is_overloaded)
    assert fresh is not None
    assert (fresh.level, fresh.reason) == (level, reason)
