"""The same network with 8-bit layers, calibrated on training views."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import CalibrationMethod
from onnxruntime.quantization.shape_inference import quant_pre_process

QUANTISED = ["Conv", "Concat", "Clip", "MaxPool"]
"""The head stays float: it takes no time, and its sum decides."""


class ViewReader(CalibrationDataReader):
    """Hands out batches of (N, S, S, 4) uint8 views."""

    def __init__(self, views: np.ndarray, batch: int = 32) -> None:
        self._batches: Iterator[np.ndarray] = iter(
            [views[start : start + batch] for start in range(0, len(views), batch)]
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch, or None after the last."""
        batch = next(self._batches, None)
        return None if batch is None else {"views": batch}


def quantise(path: Path, views: np.ndarray, target: Path) -> None:
    """Write `path` as static QDQ: activations uint8, weights int8 by channel."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        # the convolution that only brings the mask to size must stay exact
        mask_reader = [
            node.name for node in graph.node if node.op_type == "Conv" and "mask" in node.input[1]
        ]
        quantize_static(
            str(prepared),
            str(target),
            ViewReader(views),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=QUANTISED,
            nodes_to_exclude=mask_reader,
            calibrate_method=CalibrationMethod.MinMax,
        )
    model, source = onnx.load(target), onnx.load(path)
    onnx.helper.set_model_props(
        model, {entry.key: entry.value for entry in source.metadata_props} | {"precision": "int8"}
    )
    onnx.save(model, target)
