import pytest

from service.live.records import SpotRecord
from service.pages.plan import draw_plan


def spot(polygon: list[tuple[float, float]]) -> SpotRecord:
    return SpotRecord(
        site_id="yard",
        lot_id="main",
        spot_id="A1",
        camera_id="north",
        group="general",
        status="free",
        reason=None,
        confidence=0.9,
        observed_at=None,
        changed_at=None,
        valid_until=None,
        polygon=polygon,
    )


def test_plan_is_cut_to_the_spots():
    plan = draw_plan([spot([(100, 50), (200, 50), (200, 90), (100, 90)])])
    assert plan.view_box == "97 47 106 46"
    assert plan.spots[0].points == "100,50 200,50 200,90 100,90"
    assert (plan.spots[0].x, plan.spots[0].y) == (150, 70)


@pytest.mark.parametrize("slant_px", [0, 60], ids=["upright", "slanted"])
def test_name_fits_into_its_spot(slant_px):
    corners = [(0.0, 100.0), (80.0, 100.0), (80.0 + slant_px, 0.0), (0.0 + slant_px, 0.0)]
    letter_px = draw_plan([spot(corners)]).spots[0].letter_px
    assert letter_px == pytest.approx(20)


def test_plan_without_spots_is_empty():
    assert draw_plan([]).spots == []
