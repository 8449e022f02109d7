"""What eyes saw goes beside the labels: objects taught, empty regions taught empty."""

from pathlib import Path

import numpy as np
import pytest

from models.training.obstacles.agreement import Agreement
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.collection import without_judged, without_riders
from models.training.obstacles.judged import (
    JUDGED_BLOCK,
    Judgement,
    Verdict,
    as_seen,
    read_judged,
    with_judgement,
)
from models.training.obstacles.pictures import Picture

CAR, PERSON, TWO_WHEELER = (CLASSES.index(n) for n in ("car", "person", "two_wheeler"))
HEADER = "frame,x0_px,y0_px,x1_px,y1_px,verdict\n"


def make_picture(*objects: tuple[list[float], int]) -> Picture:
    boxes = np.array([box for box, _ in objects], np.float32).reshape(-1, 4)
    kinds = np.array([kind for _, kind in objects], int)
    return Picture(Path("day_000.jpg"), "line", 640, 368, boxes, kinds, is_exhaustive=False)


def test_every_verdict_goes_where_it_is_read() -> None:
    seen = Judgement(
        [
            Verdict((10, 10, 20, 40), "person"),
            Verdict((50, 10, 60, 40), "none"),
            Verdict((90, 10, 99, 40), "unsure"),
        ]
    )
    told = with_judgement(make_picture(([200, 100, 260, 140], CAR)), seen)
    assert told.class_id.tolist() == [CAR, PERSON]
    np.testing.assert_allclose(told.boxes[1], (10, 10, 20, 40))
    np.testing.assert_allclose(told.empty, [(50, 10, 60, 40)])
    np.testing.assert_allclose(told.ignored, [(90, 10, 99, 40)])


def test_teachers_do_not_see_again_what_was_seen_to_be_nothing() -> None:
    sign = Judgement([Verdict((50, 10, 60, 40), "none")])
    agreed = Agreement(
        np.array([[49, 10, 60, 41], [200, 10, 210, 40]], np.float32), np.array([PERSON, PERSON]),
        np.array([[50, 12, 60, 40], [300, 10, 310, 40]], np.float32), np.array([PERSON, CAR]),
    )  # fmt: skip
    left = without_judged(agreed, with_judgement(make_picture(), sign))
    np.testing.assert_allclose(left.boxes, [[200, 10, 210, 40]])
    np.testing.assert_allclose(left.suspected, [[300, 10, 310, 40]])


def test_to_judge_by_what_was_seen_our_box_replaces_a_label_drawn_wide_around_it() -> None:
    wide, bus = [0, 0, 40, 40], [100, 0, 200, 80]
    seen = Judgement(
        [
            Verdict((8, 8, 32, 32), "car"),
            Verdict((110, 40, 130, 60), "car"),  # in front of the bus, not the bus
            Verdict((300, 0, 310, 20), "person"),
            Verdict((400, 0, 410, 20), "none"),
            Verdict((500, 0, 510, 20), "unsure"),
        ]
    )
    truth = as_seen(make_picture((wide, CAR), (bus, CAR)), seen)
    np.testing.assert_allclose(
        truth.boxes, [bus, (8, 8, 32, 32), (110, 40, 130, 60), (300, 0, 310, 20)]
    )
    assert truth.class_id.tolist() == [CAR, CAR, CAR, PERSON]
    np.testing.assert_allclose(truth.ignored, [(500, 0, 510, 20)])
    assert not len(truth.empty)


def test_a_label_without_a_verdict_near_it_stays() -> None:
    picture = make_picture(([0, 0, 40, 40], CAR))
    np.testing.assert_allclose(as_seen(picture, Judgement()).boxes, picture.boxes)


def test_rider_and_vehicle_in_one_box_are_ignored() -> None:
    told = without_riders(make_picture(([0, 0, 9, 20], TWO_WHEELER), ([30, 0, 60, 20], CAR)))
    assert told.class_id.tolist() == [CAR]
    np.testing.assert_allclose(told.ignored, [[0, 0, 9, 20]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER + "day_000,1,2,3,4,tree\n", "day_000 has the unknown verdict 'tree'"),
        ("frame,x,y\n", "columns"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "judged.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_judged(file)


def test_our_own_file_speaks_of_the_training_part_alone() -> None:
    judged = read_judged()
    assert len(judged) > 140
    # 118 frames a video, the last quarter of which judges: see blocks.py
    assert all(int(frame.split("_")[1]) < 90 for frame in judged)
    assert all(len(seen.boxes(*CLASSES)) == len(seen.class_id) for seen in judged.values())


def test_our_file_of_the_validation_block_speaks_of_nothing_else() -> None:
    judged = read_judged(JUDGED_BLOCK)
    assert len(judged) == 60
    assert all(int(frame.split("_")[1]) >= 89 for frame in judged)
    assert sum(len(seen.class_id) for seen in judged.values()) > 200
