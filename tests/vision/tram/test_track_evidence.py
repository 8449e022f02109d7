import numpy as np
import pytest

from models.errors import UnsuitableModel
from models.spec import ModelSpec, Task
from tests.networks import ScriptedNetwork
from tests.track_networks import SIZE_PX, bright_track_reader
from vision.tram.track_evidence import TrackReader

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
