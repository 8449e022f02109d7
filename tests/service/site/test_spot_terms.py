from datetime import UTC, datetime

import numpy as np
import pytest
from pydantic import ValidationError

from service.site.ground_map import GroundMap, MapBlock
from service.site.spot_terms import FOR_ALL, SpotTermsBlock
from service.timestamps import NS_PER_S

NIGHT = {"closed_hours": [{"days": ["fri"], "from": "22:00", "to": "06:00"}]}


@pytest.mark.parametrize(
    ("moment", "is_closed"),
    [
        pytest.param("2026-05-01T21:59", False, id="friday before ten"),
        pytest.param("2026-05-01T22:00", True, id="friday at ten"),
        pytest.param("2026-05-02T05:59", True, id="the night belongs to friday"),
        pytest.param("2026-05-02T06:00", False, id="saturday morning"),
        pytest.param("2026-05-02T23:00", False, id="saturday night"),
    ],
)
def test_closed_hours_may_end_on_the_next_day(moment, is_closed):
    terms = SpotTermsBlock.model_validate(NIGHT).terms()
    now_ns = round(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * NS_PER_S
    assert terms.is_closed_at(now_ns, "UTC") is is_closed


@pytest.mark.parametrize(
    ("moment", "turned"),
    [
        pytest.param("2026-05-01T21:59", "2026-04-25T06:00", id="open since last saturday"),
        pytest.param("2026-05-01T22:00", "2026-05-01T22:00", id="closed this moment"),
        pytest.param("2026-05-02T05:59", "2026-05-01T22:00", id="closed since friday"),
        pytest.param("2026-05-02T23:00", "2026-05-02T06:00", id="open since this morning"),
    ],
)
def test_last_turn_of_closed_hours(moment, turned):
    terms = SpotTermsBlock.model_validate(NIGHT).terms()
    now_ns, wanted_ns = (
        round(datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp()) * NS_PER_S
        for each in (moment, turned)
    )
    assert terms.turned_ns(now_ns, "UTC") == wanted_ns


def test_hours_that_follow_each_other_are_one_closing():
    hours = [{"from": "08:00", "to": "12:00"}, {"from": "12:00", "to": "14:00"}]
    terms = SpotTermsBlock.model_validate({"closed_hours": hours}).terms()
    at_one_ns, at_eight_ns = (
        round(datetime(2026, 5, 1, hour, tzinfo=UTC).timestamp()) * NS_PER_S for hour in (13, 8)
    )
    assert terms.turned_ns(at_one_ns, "UTC") == at_eight_ns


def test_hours_are_those_of_the_site():
    terms = SpotTermsBlock.model_validate(NIGHT).terms()
    ten_in_paris = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
    now_ns = round(ten_in_paris.timestamp()) * NS_PER_S
    assert terms.is_closed_at(now_ns, "Europe/Paris")
    assert not terms.is_closed_at(now_ns, "UTC")


def test_no_terms_are_for_all():
    assert SpotTermsBlock().terms() == FOR_ALL


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        pytest.param({"from": "22:00", "to": "22:00"}, "from and to must differ", id="empty"),
        pytest.param({"from": "ten", "to": "11:00"}, "wanted a time of day", id="no time"),
        pytest.param({"from": "22:00", "to": "22:00:00"}, "must differ", id="no length"),
        pytest.param(
            {"from": "22:00+05:00", "to": "06:00"}, "by the site's clock", id="of another clock"
        ),
        pytest.param({"from": "09:00", "to": "10:00", "day": "mon"}, "unknown key 'day'", id="key"),
    ],
)
def test_hours_with_a_fault_are_refused(hours, says):
    with pytest.raises(ValidationError, match=says):
        SpotTermsBlock.model_validate({"closed_hours": [hours]})


POINTS = [
    ((0, 0), (2.0, 48.0)),
    ((100, 0), (2.001, 48.0)),
    ((100, 80), (2.001, 48.001)),
    ((0, 80), (2.0, 48.001)),
]


def test_four_points_place_the_picture_on_the_map_and_back():
    ground = GroundMap.from_points([pixel for pixel, _ in POINTS], [place for _, place in POINTS])
    middle = ground.lonlats(np.array([[50.0, 40.0]]))
    assert middle == pytest.approx(np.array([[2.0005, 48.0005]]), abs=1e-7)
    assert ground.pixels_of(middle) == pytest.approx(np.array([[50.0, 40.0]]), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"pixel": (50, 0)}, "no three points may lie on one line", id="line"),
        pytest.param({"lonlat": (48.0, 200.0)}, "wanted longitude, latitude", id="not on earth"),
    ],
)
def test_map_with_a_fault_is_refused(change, says):
    points = [{"pixel": pixel, "lonlat": place} for pixel, place in POINTS]
    points[3] = points[3] | change
    with pytest.raises(ValidationError, match=says):
        MapBlock.model_validate({"points": points})
