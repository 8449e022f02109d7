"""A bed network that tests make up: something red stands on the bed."""

from collections.abc import Mapping

import numpy as np

from models.session import Array, Provider, TensorInfo
from models.spec import ModelSpec, Task
from vision.tram.bed_reader import FEET_SHAPE, FOOT_COLUMNS, STRIP_SHAPE, BedReader
from vision.tram.bed_strip import FINER


class RedBedNetwork:
    """Sure where red is brighter than blue by much, sure of nothing elsewhere."""

    provider = Provider.CPU

    def __init__(self, *, feet: tuple[int, int] = FEET_SHAPE) -> None:
        self.inputs: tuple[TensorInfo, ...] = (TensorInfo("strip", (None, *STRIP_SHAPE), "uint8"),)
        self.outputs: tuple[TensorInfo, ...] = (TensorInfo("taken", (None, *feet), "float32"),)
        self.metadata: Mapping[str, str] = {}

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        cells = feeds["strip"][:, ::FINER, ::FINER].astype(np.float32)
        is_red = cells[..., 2] > cells[..., 0] + 60
        return [is_red[:, :, FOOT_COLUMNS].astype(np.float32)]


def red_bed_reader() -> BedReader:
    """The reader on that network."""
    return BedReader(RedBedNetwork(), ModelSpec("red", "red.onnx", Task.BED))
