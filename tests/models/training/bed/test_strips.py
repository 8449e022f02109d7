"""Things set onto the bed are wanted where they stand; flat ones change the picture alone."""

import numpy as np
import pytest

from models.training.bed.cab_picture import CabCamera, CabView, Standing
from models.training.bed.strips import FREE, TAKEN, UNKNOWN, strip_of
from models.training.bed.things import Props, with_flat, with_upright
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.cutouts import Cutout
from tests.vision.tram.bed_scene import BedScene
from vision.tram.bed_parallax import FOOT_ASIDE_M
from vision.tram.bed_strip import ALONG_M
from vision.tram.centre_line import STRAIGHT

CAMERA = CabCamera(2.4, 4.0, 0.0, 0.0, 560.0, (320.0, 180.0))
MIDDLE = int(np.argmin(np.abs(FOOT_ASIDE_M)))


@pytest.fixture(scope="module")
def view() -> CabView:
    return CabView(BedScene().picture(0.0), CAMERA, STRAIGHT, ())


@pytest.fixture(scope="module")
def props() -> Props:
    rng = np.random.default_rng(2)
    photograph = rng.integers(0, 256, (200, 300, 3), np.uint8)
    person = Cutout(
        rng.integers(0, 256, (80, 30, 3), np.uint8), np.ones((80, 30), np.float32),
        CLASSES.index("person"),
    )  # fmt: skip
    return Props([photograph], [person])


def wanted_at(view: CabView, *standing: Standing) -> np.ndarray:
    return strip_of(CabView(view.image, CAMERA, STRAIGHT, standing), STRAIGHT).wanted


def test_free_bed_is_free_where_it_is_asked_for(view: CabView) -> None:
    wanted = wanted_at(view)
    asked = (ALONG_M > 8) & (ALONG_M < 49)
    assert (wanted[asked] == FREE).all()
    assert (wanted[~asked & (ALONG_M > 50)] == UNKNOWN).all()


def test_thing_is_taken_at_its_foot_and_hides_what_lies_behind(view: CabView) -> None:
    box = Standing(20.0, 20.5, -0.5, 0.5, height_m=0.6)
    column = wanted_at(view, box)[:, MIDDLE]
    foot = (ALONG_M > 20.2) & (ALONG_M < 21.3)
    assert (column[foot] == TAKEN).all()
    assert (column[(ALONG_M > 8) & (ALONG_M < 18.5)] == FREE).all()
    hidden_to_m = 20.5 / (1 - 0.6 / 2.4)
    assert (column[(ALONG_M > 22) & (hidden_to_m - 0.5 > ALONG_M)] == UNKNOWN).all()
    assert (column[(hidden_to_m + 1.5 < ALONG_M) & (ALONG_M < 49)] == FREE).all(), "seen again"
    assert (wanted_at(view, box)[foot, 0] == FREE).all(), "beside it the bed is free"


def test_nobody_knows_what_lies_behind_something_of_unknown_height(view: CabView) -> None:
    column = wanted_at(view, Standing(20.0, 24.0, -1.0, 1.0))[:, MIDDLE]
    assert (column[ALONG_M > 22] == UNKNOWN).all()


def test_upright_things_show_where_they_stand(view: CabView, props: Props) -> None:
    made = [with_upright(view, props, np.random.default_rng(seed)) for seed in range(40)]
    shown = [each for each in made if each is not None]
    assert len(shown) > 20
    for image, where in shown:
        rows, columns = np.nonzero((image != view.image).any(axis=2))
        middle = (where.left_m + where.right_m) / 2
        foot = view.project(np.array([[where.near_m, middle, 0.0]]))[0]
        top = view.project(np.array([[where.near_m, middle, where.height_m]]))[0]
        assert rows.min() >= top[1] - 0.5 * (foot[1] - top[1]) - 4
        assert columns.min() <= foot[0] <= columns.max()
        assert abs(rows.max() - foot[1]) < 0.12 * (foot[1] - 100), "little but its shadow before it"


def test_flat_things_lie_on_the_ground(view: CabView, props: Props) -> None:
    for seed in range(20):
        image = with_flat(view, props, np.random.default_rng(seed))
        rows, _ = np.nonzero((image != view.image).any(axis=2))
        horizon = 180 - 560 * np.tan(np.deg2rad(4.0))
        assert not len(rows) or rows.min() > horizon
