"""From a trained network to the file that ships: ONNX with a free batch."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import cv2
from torch import Tensor, nn

from models.training.quantisation import Feed, quantise
from models.training.shipping import ship
from models.training.track.network import TrackNetwork
from models.training.track.pictures import Picture

LARGEST_MIB = 4.0
INPUT, OUTPUT = "image", "track"
RANGE_RATE = 0.02  # on the hold-out nearly as good as floats; the widest range lost 0.02 of overlap
QUANTISED = ("Conv", "Concat", "Add", "MaxPool", "Clip", "Relu")


class Shipped(nn.Module):
    """Pictures as cameras give them in, confidences out."""

    def __init__(self, network: TrackNetwork) -> None:
        super().__init__()
        self.network = deepcopy(network).cpu().eval()
        self.network.backbone.take_bgr()

    def forward(self, image: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 BGR → (N, 2, H / 2, W / 2) own and all track, 0 to 1."""
        return self.network(image.permute(0, 3, 1, 2).float()).sigmoid()


def export(network: TrackNetwork, path: Path, size: tuple[int, int]) -> None:
    """Write the network for pictures of this width and height, and compare the file with it.

    Raises:
        ValueError: the file says something else than the network, or is too large.
    """
    width, height = size
    ship(Shipped(network).eval(), path, (height, width, 3), INPUT, OUTPUT)
    if path.stat().st_size > LARGEST_MIB * 2**20:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, more than {LARGEST_MIB} MiB")


def export_int8(
    path: Path, target: Path, pictures: Sequence[Picture], size: tuple[int, int]
) -> None:
    """Write the file's network in 8 bits, calibrated on pictures of this width and height."""

    def feeds() -> Iterator[Feed]:
        for picture in pictures:
            image = cv2.resize(picture.read().image, size, interpolation=cv2.INTER_AREA)
            yield {INPUT: image[None]}

    quantise(path, target, feeds(), QUANTISED, RANGE_RATE)
