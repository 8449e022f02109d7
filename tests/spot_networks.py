"""Occupancy networks that tests make up: real ONNX files whose answer is easy to foresee."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save


def write_brightness_network(
    path: Path, size_px: int = 16, *, view_sides: float | None = None, least: float = 0.0
) -> Path:
    """A file that calls a spot occupied as far as its outline's inside is white.

    `view_sides` is written into the file as trained ones have it; no answer is below `least`.
    """
    views = helper.make_tensor_value_info("views", TensorProto.UINT8, ["n", size_px, size_px, 4])
    occupied = helper.make_tensor_value_info("occupied", TensorProto.FLOAT, ["n"])
    constants = {
        "colours": np.array([0], np.int64),
        "mask": np.array([3], np.int64),
        "after_colours": np.array([3], np.int64),
        "after_mask": np.array([4], np.int64),
        "channels": np.array([3], np.int64),
        "pixels": np.array([1, 2, 3], np.int64),
        "white": np.array(255 * 3, np.float32),
        "least": np.array(least, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["views"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Slice", ["x", "colours", "after_colours", "channels"], ["bgr"]),
        helper.make_node("Slice", ["x", "mask", "after_mask", "channels"], ["inside"]),
        helper.make_node("Mul", ["bgr", "inside"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "pixels"], ["bright"], keepdims=0),
        helper.make_node("ReduceSum", ["inside", "pixels"], ["weight"], keepdims=0),
        helper.make_node("Mul", ["weight", "white"], ["most"]),
        helper.make_node("Div", ["bright", "most"], ["bright_share"]),
        helper.make_node("Clip", ["bright_share", "least"], ["occupied"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [views],
        [occupied],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    if view_sides is not None:
        helper.set_model_props(model, {"view_sides": str(view_sides)})
    checker.check_model(model)
    save(model, path)
    return path
