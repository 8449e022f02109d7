from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from service.cameras.model_loading import load_detector
from streams.source import open_source
from tests.builders import make_detections
from vision.arrays import FloatArray, ImageArray
from vision.detections import Detections
from vision.detector import Detector
from vision.parking.spot_view import view_square
from vision.parking.vehicles_around import (
    BIAS,
    OWN_WEIGHT,
    WINDOW,
    VehiclesAround,
    evidence_of,
    middles_of,
    outlines_in,
    with_vehicles,
)

CLIP = Path(__file__).parents[3] / "sample_videos" / "lot_day.mp4"
OWN = np.array([[100, 100], [140, 100], [140, 120], [100, 120]], np.float64)
NEXT_ROW = OWN - [0, 20]
"""Behind, higher in the picture; a vehicle on `OWN` hides it."""


def test_a_vehicle_on_the_spot_is_its_own() -> None:
    own, elsewhere = evidence_of(make_detections([[100, 90, 140, 120]], 0.8), OWN, [NEXT_ROW])
    assert own > 0.8
    assert elsewhere == 0


def test_a_vehicle_that_only_shows_there_belongs_to_the_spot_it_stands_on() -> None:
    own, elsewhere = evidence_of(make_detections([[100, 75, 140, 120]], 0.8), NEXT_ROW, [OWN])
    assert own == 0
    assert elsewhere > 0.7


def test_a_vehicle_far_from_the_spot_says_nothing() -> None:
    assert evidence_of(make_detections([[0, 0, 40, 30]]), OWN, [NEXT_ROW]).tolist() == [0, 0]


def test_no_vehicle_says_nothing() -> None:
    assert evidence_of(make_detections([]), OWN, []).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("log_odds", "counts"),
    [
        pytest.param(0.0, 1.0, id="even odds: in full"),
        pytest.param(1.5, 0.5, id="half sure: by half"),
        pytest.param(-1.5, 0.5, id="half sure of free: by half"),
        pytest.param(3.0, 0.0, id="sure: not at all"),
        pytest.param(-4.0, 0.0, id="more than sure: not at all"),
    ],
)
def test_vehicles_count_as_far_as_the_looks_are_unsure(log_odds: float, counts: float) -> None:
    (together,) = with_vehicles(np.array([log_odds]), np.array([[1.0, 0.0]]), sure=3.0)
    assert together == pytest.approx(log_odds + counts * (OWN_WEIGHT + BIAS))


def test_a_window_reaches_beyond_the_picture() -> None:
    picture = np.full((60, 80, 3), 200, np.uint8)
    spot = np.array([[0, 0], [20, 0], [20, 10], [0, 10]], np.float64)
    window = view_square(spot, WINDOW)
    cut = window.cut(picture, WINDOW.size_px)
    assert cut.shape == (WINDOW.size_px, WINDOW.size_px, 3)
    assert cut[0, 0].tolist() == [114, 114, 114]
    own, near = outlines_in(window, spot, [], middles_of([]))
    assert near == []
    left, top = np.ceil(own[0]).astype(int)
    assert cut[top + 4, left + 4].tolist() == [200, 200, 200]


def test_spots_far_away_do_not_claim_the_windows_vehicles() -> None:
    far = OWN + np.array([500, 0])
    among = [OWN, NEXT_ROW, far]
    own, near = outlines_in(view_square(OWN, WINDOW), OWN, among, middles_of(among))
    assert len(near) == 1
    assert (near[0] - own).mean(axis=0) == pytest.approx([0, -20 * WINDOW.size_px / 160])


def test_a_large_lot_is_gone_through_once_however_many_of_its_spots_are_doubtful() -> None:
    rows = [OWN + np.array([45 * column, 25 * row]) for row in range(4) for column in range(20)]
    among = _Counted(rows)
    evidence = VehiclesAround(_SeesNothing())(np.zeros((360, 1100, 3), np.uint8), rows, among)
    assert evidence.tolist() == [[0, 0]] * 80
    assert among.gone_through == 1


class _Counted(list[FloatArray]):
    """Outlines that count how often somebody goes through them all."""

    gone_through = 0

    def __iter__(self) -> Iterator[FloatArray]:
        self.gone_through += 1
        return super().__iter__()


class _SeesNothing(Detector):
    """A detector of cars that finds none."""

    def __init__(self) -> None:
        self.class_names = ("car",)

    def detect_batch(self, images: Sequence[ImageArray]) -> list[Detections]:
        return [make_detections([])] * len(images)


def test_parked_cars_of_a_clip_are_seen_as_their_spots_own() -> None:
    with open_source(CLIP) as source:
        picture = next(iter(source)).image
    detector = load_detector(confidence=0.05)
    cars = detector(picture)
    best = cars.xyxy[cars.confidence.argmax()].astype(np.float64)
    ground = [0, 0.35 * (best[3] - best[1])]  # without the roof
    spot = np.array([best[:2] + ground, [best[2], best[1] + ground[1]], best[2:], best[[0, 3]]])
    (evidence,) = VehiclesAround(detector)(picture, [spot], [spot])
    assert evidence[0] > 0.5
    assert evidence[1] == 0
