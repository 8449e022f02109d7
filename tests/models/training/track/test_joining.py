"""Two track networks become one file that tells the mean of both."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.session import open_network
from models.training.track.joining import join


def write_part(path: Path, factor: float, *, width: int = 6) -> Path:
    """A network that tells its picture times a factor."""
    weight = numpy_helper.from_array(np.array(factor, np.float32), "factor")
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "factor"], ["track"]),
    ]
    shape = ["N", 4, width, 3]
    graph = helper.make_graph(
        nodes, "part",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("track", TensorProto.FLOAT, shape)],
        [weight],
    )  # fmt: skip
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return path


def test_what_both_tell_is_averaged(tmp_path: Path) -> None:
    parts = [write_part(tmp_path / "a.onnx", 0.25), write_part(tmp_path / "b.onnx", 0.75)]
    join(parts, tmp_path / "both.onnx")
    image = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    (told,) = open_network(tmp_path / "both.onnx").run({"image": image})
    assert np.allclose(told, image / 2)


def test_parts_of_other_pictures_are_named(tmp_path: Path) -> None:
    parts = [write_part(tmp_path / "a.onnx", 0.5), write_part(tmp_path / "b.onnx", 0.5, width=8)]
    with pytest.raises(ValueError, match="one input were wanted, got 2"):
        join(parts, tmp_path / "both.onnx")
