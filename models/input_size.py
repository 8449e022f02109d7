"""Running a network of one fixed input size at another."""

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from models.errors import DamagedModel, UnsuitableModel


def with_input_size(path: Path, size: tuple[int, int]) -> bytes:
    """The file's network with its picture input set to `size` (width, height) px.

    Works for fully convolutional networks; raises UnsuitableModel for one without a
    (N, 3, H, W) input, DamagedModel for a file that is no network.
    """
    width_px, height_px = size
    try:
        model = onnx.load(path)
    except DecodeError as error:
        raise DamagedModel(f"{path.name} is no ONNX network: {error}") from None
    for tensor in model.graph.input:
        dims = tensor.type.tensor_type.shape.dim
        if len(dims) == 4 and dims[1].dim_value == 3:
            dims[2].dim_value = height_px
            dims[3].dim_value = width_px
            _forget_shapes(model)
            content: bytes = model.SerializeToString()
            return content
    raise UnsuitableModel(f"{path.name} has no picture input (N, 3, H, W) to set to {size}")


def _forget_shapes(model: onnx.ModelProto) -> None:
    """Drop the sizes worked out for the old input; the runtime infers them anew."""
    del model.graph.value_info[:]
    for tensor in model.graph.output:
        for dim in tensor.type.tensor_type.shape.dim:
            dim.Clear()
