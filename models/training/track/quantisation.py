"""The network in 8-bit integers, calibrated on training pictures."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.training.obstacles.quantisation import last_convolutions
from models.training.track.export import INPUT
from models.training.track.pictures import Picture


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
        image = cv2.resize(picture.read().image, self.size, interpolation=cv2.INTER_AREA)
        return {INPUT: image[None]}


def quantise(path: Path, target: Path, pictures: Sequence[Picture], size: tuple[int, int]) -> None:
    """Write an 8-bit copy: QDQ, one scale per channel; the last convolution stays float."""
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared, target, TrainingPictures(pictures, size),
        quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        op_types_to_quantize=["Conv", "Concat", "Add", "MaxPool", "Clip", "Relu"],
        nodes_to_exclude=last_convolutions(prepared),
    )  # fmt: skip
    prepared.unlink()
