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
    inputs = (TensorInfo("image", (None, SIZE_PX[1], SIZE_PX[0], 3), "uint8"),)
    outputs = (TensorInfo("track", (None, 2, SIZE_PX[1] // 2, SIZE_PX[0] // 2), "float32"),)
    metadata: Mapping[str, str] = {}

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        picture = feeds["image"][:, ::2, ::2].astype(np.float32) / 255
        return [np.stack([picture[..., 2], picture.max(axis=3)], axis=1)]


def bright_track_reader() -> TrackReader:
    """The reader on that network."""
    return TrackReader(
        BrightTrackNetwork(), ModelSpec("bright", "bright.onnx", Task.TRACK, confidence=0.5)
    )
