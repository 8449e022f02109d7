"""The network in 8-bit integers, calibrated on training pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.training.obstacles.network import MEAN_BGR, STD_BGR
from models.training.obstacles.pictures import Picture
from models.training.obstacles.teachers import channels_first, resize


class TrainingPictures(CalibrationDataReader):
    """Hands out pictures as the network gets them."""

    def __init__(self, pictures: Sequence[Picture], size: tuple[int, int]) -> None:
        self.pictures = iter(pictures)
        self.size = size

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next feed, None at the end."""
        picture = next(self.pictures, None)
        if picture is None:
            return None
        shown = resize(picture.read(), *self.size)
        shown = (shown - np.float32(MEAN_BGR)) / np.float32(STD_BGR)
        return {"input": channels_first(shown)}


def quantise(path: Path, target: Path, pictures: Sequence[Picture], size: tuple[int, int]) -> None:
    """Write an 8-bit copy: QDQ, one scale per channel; heads' last convolutions stay float.

    What leaves the network are distributions and confidences: rounding them there costs the
    most and saves the least.
    """
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared, target, TrainingPictures(pictures, size),
        quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        op_types_to_quantize=["Conv", "Concat", "Add", "MaxPool"],
        nodes_to_exclude=last_convolutions(prepared),
    )  # fmt: skip
    prepared.unlink()


def last_convolutions(path: Path) -> list[str]:
    """Names of the convolutions after which no other comes."""
    nodes = list(onnx.load(path).graph.node)
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in nodes:
        for name in node.input:
            readers.setdefault(name, []).append(node)

    def leads_on(node: onnx.NodeProto) -> bool:
        after = [reader for name in node.output for reader in readers.get(name, [])]
        return any(reader.op_type == "Conv" or leads_on(reader) for reader in after)

    return [node.name for node in convolutions if not leads_on(node)]
