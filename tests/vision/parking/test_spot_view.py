import numpy as np
import pytest

from vision.errors import LayoutError
from vision.parking.spot_view import OUTSIDE_GREY, ViewShape, cut_views

SQUARE = np.array([[40, 40], [60, 40], [60, 60], [40, 60]], np.float32)


def make_picture(width_px: int = 100, height_px: int = 100, grey: int = 200) -> np.ndarray:
    return np.full((height_px, width_px, 3), grey, np.uint8)


def test_mask_covers_the_outline_and_no_more() -> None:
    mask = cut_views(make_picture(), [SQUARE], ViewShape(52))[0, ..., 3]
    assert mask[26, 26] == 255
    assert mask[0, 0] == 0
    # the spot is 20 of 26 px wide: 40 of the view's 52
    assert (mask > 127).sum() == pytest.approx(40 * 40, rel=0.1)


def test_spot_is_seen_where_its_mask_is() -> None:
    picture = make_picture(grey=0)
    picture[40:60, 40:60] = (10, 20, 30)
    view = cut_views(picture, [SQUARE], ViewShape(52))[0]
    inside, outside = view[..., 3] == 255, view[..., 3] == 0
    assert np.abs(view[inside][:, :3].astype(int) - [10, 20, 30]).mean() < 1
    assert view[outside][:, :3].mean() < 1


def test_view_reaches_higher_than_the_outline() -> None:
    mask = cut_views(make_picture(), [SQUARE], ViewShape(104))[0, ..., 3]
    rows = np.flatnonzero((mask > 127).any(axis=1))
    assert rows[0] > 104 - 1 - rows[-1]


@pytest.mark.parametrize("corners", [3, 4, 5, 12], ids=lambda corners: f"{corners} corners")
def test_any_number_of_corners(corners: int) -> None:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    polygon = 50 + 20 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert (cut_views(make_picture(), [polygon], ViewShape(64))[0, ..., 3] == 255).any()


def test_beyond_the_picture_is_grey() -> None:
    view = cut_views(make_picture(), [SQUARE - [45, 0]], ViewShape(52))[0]
    assert (view[:, 0, :3] == OUTSIDE_GREY).all()
    assert (view[:, -1, :3] == 200).all()


def test_part_inside_keeps_its_place() -> None:
    picture = make_picture(grey=0)
    picture[50:, :] = 255
    whole = cut_views(np.pad(picture, ((0, 0), (50, 50), (0, 0))), [SQUARE], ViewShape(52))[0]
    cut = cut_views(picture, [SQUARE - [50, 0]], ViewShape(52))[0]
    seen = cut[..., 0] != OUTSIDE_GREY
    assert seen.any()
    assert np.abs(whole[seen][:, 0].astype(int) - cut[seen][:, 0]).mean() < 3


def test_no_outlines_give_no_views() -> None:
    assert cut_views(make_picture(), [], ViewShape(64)).shape == (0, 64, 64, 4)


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        pytest.param(
            [[0, 0], [10, 10]],
            r"polygon 1 must be \(K, 2\) with K ≥ 3, got \(2, 2\)",
            id="two corners",
        ),
        pytest.param([[0, 0, 0]] * 3, r"got \(3, 3\)", id="three coordinates"),
        pytest.param(
            [[5, 5], [9, 9], [7, 7]], "polygon 1 must have an area, got 0 px²", id="a line"
        ),
        pytest.param(
            [[5, 5], [9, np.nan], [7, 7]], "polygon 1 has a corner that is not a number", id="nan"
        ),
        pytest.param(
            [[200, 5], [220, 5], [210, 30]],
            "polygon 1 lies outside the picture of 100×100 px: x 200 to 220, y 5 to 30",
            id="right of it",
        ),
        pytest.param(
            [[-5, 95], [-5, 110], [10, 110]], "polygon 1 lies outside", id="only its box touches"
        ),
    ],
)
def test_bad_outline_is_named(polygon: list[list[float]], message: str) -> None:
    with pytest.raises(LayoutError, match=message):
        cut_views(make_picture(), [SQUARE, np.array(polygon, np.float64)], ViewShape(64))


@pytest.mark.parametrize(
    "polygon",
    [
        pytest.param([[0, 0], [1, 0], [1, 1]], id="as small as the picture"),
        pytest.param([[-1e9, -1e9], [1e9, -1e9], [1e9, 1e9], [-1e9, 1e9]], id="far larger"),
        pytest.param([[0.2, 0.2], [0.3, 0.2], [0.3, 0.3]], id="less than a pixel"),
    ],
)
def test_picture_of_one_pixel_has_views(polygon: list[list[float]]) -> None:
    view = cut_views(make_picture(1, 1), [np.array(polygon)], ViewShape(64))
    assert view.shape == (1, 64, 64, 4)


def test_picture_of_8000_px_has_views() -> None:
    picture = np.zeros((10, 8000, 3), np.uint8)
    polygon = np.array([[7000, 0], [8000, 0], [8000, 10], [7000, 10]], np.float64)
    assert (cut_views(picture, [polygon], ViewShape(64))[0, ..., 3] > 0).any()
