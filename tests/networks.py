"""Networks that tests make up: scripted ones, and tiny real ONNX files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.session import Array, Provider, TensorInfo


class ScriptedNetwork:
    """A network that says what it was told to say, and remembers what it was fed."""

    provider = Provider.CPU

    def __init__(
        self,
        outputs: Mapping[str, Array],
        *,
        inputs: Mapping[str, tuple[int | None, ...]] | None = None,
        metadata: Mapping[str, str] | None = None,
        input_dtype: str = "float32",
    ) -> None:
        shapes = inputs or {"images": (1, 3, 64, 64)}
        self.inputs = tuple(TensorInfo(name, shape, input_dtype) for name, shape in shapes.items())
        self.outputs = tuple(
            TensorInfo(name, array.shape, str(array.dtype)) for name, array in outputs.items()
        )
        self.metadata = dict(metadata or {})
        self.fed: list[Mapping[str, Array]] = []
        self._arrays = list(outputs.values())

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        self.fed.append(feeds)
        return self._arrays


def write_mean_network(path: Path, shape: Sequence[int | str] = (1, 3, 32, 32)) -> Path:
    """An ONNX file whose one output is the mean of its input picture over height and width."""
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["images"], ["mean"])],
        "mean",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [shape[0], 3, 1, 1])],
    )
    return _save(graph, path, {})


def write_constant_network(
    path: Path,
    outputs: Mapping[str, Array],
    *,
    size_px: int = 64,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """An ONNX file that takes a (1, 3, size, size) picture and always gives `outputs`."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array))
        for name, array in outputs.items()
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, size_px, size_px])],
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(np.dtype(array.dtype)), array.shape
            )
            for name, array in outputs.items()
        ],
    )
    return _save(graph, path, metadata or {})


def _save(graph: onnx.GraphProto, path: Path, metadata: Mapping[str, str]) -> Path:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
