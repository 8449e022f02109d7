"""The shipped track network on pictures it has not been trained on: drawn rails."""

import cv2
import numpy as np
import pytest

from models.catalogue import Catalogue
from models.session import open_network
from models.spec import Task
from tests.vision.tram.rail_scene import CAMERA, RAIL_M, SIZE_PX, arc, draw_rails, draw_track
from vision.arrays import BoolArray, ImageArray
from vision.ground import ground_to_image
from vision.tram.centre_line import STRAIGHT, CentreLine
from vision.tram.track_evidence import TrackReader


@pytest.fixture(scope="module")
def reader() -> TrackReader:
    found = Catalogue.load().find("wayside-track", Task.TRACK)
    return TrackReader(open_network(found.path, threads=1), found.spec)


def own_track(line: CentreLine) -> BoolArray:
    """(H, W) between the rails along a line, 3 to 60 m ahead."""
    along = np.arange(3, 60, 0.5)
    sides = [
        ground_to_image(CAMERA, line.to_vehicle(np.stack([along, np.full_like(along, s)], axis=1)))
        for s in (-RAIL_M, RAIL_M)
    ]
    outline = np.clip(np.concatenate([sides[0], sides[1][::-1]]), -3000, 3000)
    mask = np.zeros(SIZE_PX[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask > 0


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(STRAIGHT, id="straight"),
        pytest.param(arc(-90), id="left bend"),
        pytest.param(arc(120, from_m=10), id="straight, then a right bend"),
    ],
)
def test_rails_on_the_ground_are_own_track(reader: TrackReader, line: CentreLine):
    image = draw_track(line)
    found = reader(image).masks(SIZE_PX, reader.confidence).own
    wanted = own_track(line)
    assert (found & wanted).sum() / (found | wanted).sum() > 0.75


def test_ground_without_rails_is_no_track(reader: TrackReader):
    found = reader(draw_rails([])).masks(SIZE_PX, reader.confidence)
    assert found.every.mean() < 0.03


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((1, 1, 3), np.uint8), id="one pixel"),
        pytest.param(np.full((600, 8000, 3), 90, np.uint8), id="8,000 px wide"),
    ],
)
def test_odd_pictures_give_numbers_between_0_and_1(reader: TrackReader, image: ImageArray):
    seen = reader(image)
    for grid in (seen.own, seen.every):
        assert np.isfinite(grid).all()
        assert grid.min() >= 0
        assert grid.max() <= 1
