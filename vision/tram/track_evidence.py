"""Where a network sees track in a picture, and what that says about the rails on the ground."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.errors import UnsuitableModel
from models.session import Network
from models.spec import ModelSpec
from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.frame import check_image

OWN, EVERY = 0, 1  # channels of the network's output


@dataclass(frozen=True, slots=True, eq=False)
class TrackMasks:
    """Which pixels of a picture show track: between and including its rails."""

    own: BoolArray  # (H, W)
    every: BoolArray  # (H, W)


@dataclass(frozen=True, slots=True, eq=False)
class SeenTrack:
    """How sure the network is of track, on a grid laid over the whole picture."""

    own: FloatArray  # (h, w) between 0 and 1
    every: FloatArray  # (h, w)

    def masks(self, size_px: tuple[int, int], confidence: float) -> TrackMasks:
        """The pixels of a picture of this width and height that are track."""
        own, every = (
            cv2.resize(grid, size_px, interpolation=cv2.INTER_LINEAR) >= confidence
            for grid in (self.own, self.every)
        )
        return TrackMasks(np.asarray(own), np.asarray(every))


def is_track_network(network: Network) -> bool:
    """Whether the one input is a batch of pictures (N, H, W, 3) uint8 and the output two grids."""
    if len(network.inputs) != 1 or network.inputs[0].dtype != "uint8":
        return False
    shape, out = network.inputs[0].shape, network.outputs[0].shape
    return len(shape) == 4 and shape[3] == 3 and len(out) == 4 and out[1] == 2


class TrackReader:
    """A network of pictures (N, H, W, 3) uint8 → (N, 2, h, w) as a function of one picture."""

    def __init__(self, network: Network, spec: ModelSpec) -> None:
        height_px, width_px = network.inputs[0].shape[1:3] if is_track_network(network) else (0, 0)
        if not height_px or not width_px:
            seen = ", ".join(str(tensor) for tensor in network.inputs)
            raise UnsuitableModel(
                f"{spec.name} is no track network: wanted one input (N, H, W, 3) uint8 of fixed "
                f"size and two grids out, got {seen}"
            )
        self.network = network
        self.spec = spec
        self.size_px = (width_px, height_px)
        self._input = network.inputs[0].name

    @property
    def confidence(self) -> float:
        """At or above which a place counts as track."""
        return self.spec.confidence

    def __call__(self, image: ImageArray) -> SeenTrack:
        """What the network sees in one (H, W, 3) picture; ValueError for another kind."""
        check_image(image)
        is_larger = image.shape[1] > self.size_px[0] or image.shape[0] > self.size_px[1]
        way = cv2.INTER_AREA if is_larger else cv2.INTER_LINEAR
        shown = cv2.resize(image, self.size_px, interpolation=way)
        grids = self.network.run({self._input: shown[None]})[0][0]
        return SeenTrack(grids[OWN], grids[EVERY])
