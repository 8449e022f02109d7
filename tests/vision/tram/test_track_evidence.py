from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import pytest

from models.errors import UnsuitableModel
from models.session import Array
from models.spec import ModelSpec, Task
from tests.networks import ScriptedNetwork
from tests.track_networks import SIZE_PX, BrightTrackNetwork, bright_track_reader
from tests.vision.tram.rail_scene import CAMERA, RAIL_M, arc, draw_rails, draw_track
from tests.vision.tram.rail_scene import SIZE_PX as VIEW_PX
from vision.arrays import FloatArray, ImageArray
from vision.ground import ground_to_image
from vision.tram.centre_line import ALONG_M, STRAIGHT, CentreLine
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.rail_evidence import RailEvidence
from vision.tram.track_evidence import RailSight, SeenTrack, TrackReader

WIDTH, HEIGHT = SIZE_PX


@pytest.mark.parametrize("shape", [(1, 1), (32, 64), (700, 8000)])
def test_masks_have_the_size_of_their_picture(shape: tuple[int, int]):
    image = np.full((*shape, 3), 255, np.uint8)
    masks = bright_track_reader()(image).masks((shape[1], shape[0]), 0.5)
    assert masks.own.shape == masks.every.shape == shape
    assert masks.own.all()


def test_own_track_and_the_others_are_told_apart():
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, :20] = (0, 0, 255)
    image[:, 40:] = (255, 0, 0)
    seen = bright_track_reader()(image)
    masks = seen.masks(SIZE_PX, 0.5)
    assert masks.own[:, :19].all()
    assert not masks.own[:, 21:].any()
    assert masks.every[:, 41:].all()


def test_a_network_that_sees_one_side_better_is_evened_out():
    class LeftEyed(BrightTrackNetwork):
        def run(self, feeds: Mapping[str, Array]) -> list[Array]:
            (grids,) = super().run(feeds)
            grids[..., WIDTH // 4 :] *= 0.6
            return [grids]

    reader = TrackReader(LeftEyed(), ModelSpec("left", "left.onnx", Task.TRACK))
    seen = reader(np.full((HEIGHT, WIDTH, 3), 255, np.uint8))
    assert seen.own == pytest.approx(0.8)


def test_a_cell_is_read_at_its_middle():
    shade = 8.0 * np.arange(HEIGHT)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 2] = shade[:, None]
    seen = bright_track_reader()(image)
    middles = (shade[::2] + shade[1::2])[:, None] / 2 / 255
    assert seen.own[:-1] == pytest.approx(np.broadcast_to(middles, seen.own.shape)[:-1], rel=1e-4)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((8, 8), np.uint8), id="grey"),
        pytest.param(np.zeros((8, 8, 4), np.uint8), id="alpha"),
        pytest.param(np.zeros((8, 8, 3), np.uint16), id="16-bit"),
        pytest.param(np.zeros((0, 8, 3), np.uint8), id="empty"),
    ],
)
def test_another_kind_of_picture_is_refused(image: np.ndarray):
    with pytest.raises(ValueError, match=r"image must be \(H, W, 3\) uint8, got"):
        bright_track_reader()(image)


def test_another_kind_of_network_is_refused():
    network = ScriptedNetwork({"boxes": np.zeros((1, 5, 6), np.float32)})
    with pytest.raises(UnsuitableModel, match="boxed is no track network: wanted one input"):
        TrackReader(network, ModelSpec("boxed", "boxed.onnx", Task.TRACK))


class ScriptedReader:
    """Sees own track where it is told to, and counts how often it looks."""

    def __init__(self, own: FloatArray) -> None:
        self.own = own
        self.looks = 0

    def __call__(self, _: ImageArray) -> SeenTrack:
        self.looks += 1
        return SeenTrack(self.own, self.own)


def grid_of(line: CentreLine) -> FloatArray:
    """(180, 320): sure of own track between the rails along a line."""
    grid = np.zeros((VIEW_PX[1] // 2, VIEW_PX[0] // 2), np.float32)
    along = np.arange(3, 60, 0.5)
    sides = [
        ground_to_image(CAMERA, line.to_vehicle(np.stack([along, np.full_like(along, s)], axis=1)))
        for s in (-RAIL_M, RAIL_M)
    ]
    outline = np.concatenate([sides[0], sides[1][::-1]]) / 2
    cv2.fillPoly(grid, [np.round(np.clip(outline, -3000, 3000)).astype(np.int32)], 1.0)
    return grid


def track_in(pictures: Sequence[ImageArray], sight: RailSight) -> EgoTrack:
    """The own track after these pictures of a tram that stands."""
    track = EgoTrack()
    for picture in pictures:
        track = next_ego_track(track, sight(CAMERA, picture), 0.0, 0.1, EgoTrackSettings())
    return track


def test_without_a_network_only_lines_count():
    sight = RailSight()
    evidence = sight(CAMERA, draw_track(STRAIGHT))
    assert isinstance(evidence, RailEvidence)
    assert track_in([draw_track(STRAIGHT)] * 3, sight).sure_to_m > 20


def test_the_network_shows_rails_that_no_line_shows():
    bend = arc(-90)
    blind = [draw_rails([])] * 12
    sight = RailSight(ScriptedReader(grid_of(bend)))
    assert track_in(blind, RailSight()).sure_to_m == 0
    followed = track_in(blind, sight)
    assert followed.sure_to_m > 12
    off_m = np.abs(followed.line.lateral_at(np.array([12.0])) - bend.lateral_at(np.array([12.0])))
    assert off_m.max() < 0.3


def test_lines_that_are_no_track_to_the_network_are_doubted():
    picture = draw_track(arc(60))
    nowhere = np.zeros_like(grid_of(STRAIGHT))
    sight = RailSight(ScriptedReader(nowhere))
    assert track_in([picture] * 5, RailSight()).sure_to_m > 0
    assert track_in([picture] * 5, sight).sure_to_m == 0


def test_lines_where_the_network_sees_track_stay_what_they_were():
    bend = arc(120)
    sight = RailSight(ScriptedReader(grid_of(bend)))
    pictures = [draw_track(bend)] * 12
    alone, both = track_in(pictures, RailSight()), track_in(pictures, sight)
    near = ALONG_M < 25
    off_m = np.abs(both.line.points_m[: near.sum(), 1] - alone.line.points_m[: near.sum(), 1])
    assert off_m.max() < 0.15


def test_pictures_share_a_look_of_the_network():
    reader = ScriptedReader(grid_of(STRAIGHT))
    track_in([draw_track(STRAIGHT)] * 7, RailSight(reader, every=3))
    assert reader.looks == 3


def test_another_size_of_picture_begins_anew():
    reader = ScriptedReader(grid_of(STRAIGHT))
    sight = RailSight(reader, every=10)
    picture = draw_track(STRAIGHT)
    sight(CAMERA, picture)
    half = cv2.resize(picture, (VIEW_PX[0] // 2, VIEW_PX[1] // 2))
    sight(CAMERA.scaled(0.5), half)
    assert reader.looks == 2
