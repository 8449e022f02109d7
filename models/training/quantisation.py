"""A network in 8-bit integers, calibrated on training pictures."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.training.graph import last_convolutions

Feed = dict[str, np.ndarray]


class Feeds(CalibrationDataReader):
    """Hands out pictures as the network gets them."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self.feeds = iter(feeds)

    def get_next(self) -> Feed | None:
        """The next feed, None at the end."""
        return next(self.feeds, None)


def quantise(
    path: Path,
    target: Path,
    feeds: Iterable[Feed],
    operators: Sequence[str],
    range_rate: float | None = None,
    exact: Callable[[Path], list[str]] = last_convolutions,
    *,
    for_openvino: bool = False,
) -> None:
    """Write an 8-bit copy: QDQ, one scale per channel; the nodes that `exact` names stay float.

    The range of an activation is the widest of all pictures or, with a rate, a moving average
    that every picture moves by this share: finer, for rare pictures do not widen it.

    They are heads' last convolutions: what leaves a network are distributions and confidences,
    and rounding them there costs the most and saves the least.

    OpenVINO wants only what a convolution reads to be rounded; onnxruntime is slow with that.
    """
    options: dict[str, object] = {}
    if range_rate is not None:
        options |= {"CalibMovingAverage": True, "CalibMovingAverageConstant": range_rate}
    if for_openvino:
        options["OpTypesToExcludeOutputQuantization"] = list(operators)
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, target, Feeds(feeds),
            quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=list(operators),
            nodes_to_exclude=exact(prepared),
            extra_options=options,
        )  # fmt: skip
