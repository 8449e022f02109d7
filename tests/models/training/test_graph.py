"""What is done to an exported graph before it ships."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.session import open_network
from models.training.graph import hold_in_half_floats
from models.training.quantisation import quantise

CHANNELS = 4


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Four convolutions, one after the other, with a bent line between each two."""
    rng = np.random.default_rng(1)
    nodes, weights, last = [], [], "image"
    for number in range(4):
        kernel = rng.normal(0, 0.2, (CHANNELS, CHANNELS, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"kernel{number}"))
        told = [last, f"kernel{number}"]
        nodes.append(
            helper.make_node("Conv", told, [f"seen{number}"], f"conv{number}", pads=[1] * 4)
        )
        last = f"bent{number}"
        nodes.append(helper.make_node("LeakyRelu", [f"seen{number}"], [last], alpha=0.1))
    shape = [1, CHANNELS, 16, 16]
    graph = helper.make_graph(
        nodes, "chain",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, shape)],
        weights,
    )  # fmt: skip
    path = tmp_path / "chain.onnx"
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return path


def pictures(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [rng.normal(0, 1, (1, CHANNELS, 16, 16)).astype(np.float32) for _ in range(n)]


def told(path: Path) -> np.ndarray:
    (answer,) = open_network(path).run({"image": pictures(1)[0]})
    return answer


def test_weights_in_half_floats_take_half_the_space_and_say_the_same(chain: Path) -> None:
    model = onnx.load(chain)
    hold_in_half_floats(model)
    halved = chain.with_name("halved.onnx")
    onnx.save(model, halved)
    kernels = [numpy_helper.to_array(tensor) for tensor in onnx.load(halved).graph.initializer]
    assert {kernel.dtype for kernel in kernels} == {np.dtype(np.float16)}
    assert told(halved) == pytest.approx(told(chain), abs=2e-3)


def test_for_openvino_only_what_a_convolution_reads_is_rounded(chain: Path) -> None:
    target = chain.with_name("rounded.onnx")
    feeds = ({"image": picture} for picture in pictures(8))
    quantise(chain, target, feeds, ("Conv",), 0.02, for_openvino=True)
    graph = onnx.load(target).graph
    sources = {name: node.op_type for node in graph.node for name in node.output}
    rounded = [n.input[0] for n in graph.node if n.op_type == "QuantizeLinear"]
    assert sorted(sources.get(name, "picture") for name in rounded) == [
        "LeakyRelu", "LeakyRelu", "picture",
    ]  # fmt: skip
    spread = float(np.std(told(chain)))
    assert np.abs(told(target) - told(chain)).mean() < 0.05 * spread
