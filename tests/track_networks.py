"""A track network that tests make up: what is bright is track, what is red is the own one."""

from collections.abc import Mapping

import numpy as np

from models.session import Array, Provider, TensorInfo
from models.spec import ModelSpec, Task
from vision.tram.track_evidence import TrackReader

SIZE_PX = (64, 32)


class BrightTrackNetwork:
    """Half a picture's size out: own where red is bright, all where any colour is."""

    provider = Provider.CPU

    def __init__(self) -> None:
        width, height = SIZE_PX
        self.inputs: tuple[TensorInfo, ...] = (
            TensorInfo("image", (None, height, width, 3), "uint8"),
        )
        self.outputs: tuple[TensorInfo, ...] = (
            TensorInfo("track", (None, 2, height // 2, width // 2), "float32"),
        )
        self.metadata: Mapping[str, str] = {}

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        picture = feeds["image"][:, ::2, ::2].astype(np.float32) / 255
        return [np.stack([picture[..., 2], picture.max(axis=3)], axis=1)]


def bright_track_reader() -> TrackReader:
    """The reader on that network."""
    return TrackReader(
        BrightTrackNetwork(), ModelSpec("bright", "bright.onnx", Task.TRACK, confidence=0.5)
    )
