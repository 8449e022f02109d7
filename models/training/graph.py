"""What is asked of an ONNX graph, or dropped from it, whatever the network."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def strip(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on where each node came from: half a megabyte of paths."""
    del model.metadata_props[:], model.graph.value_info[:], model.graph.metadata_props[:]
    tensors = (*model.graph.input, *model.graph.output, *model.graph.initializer)
    for item in (*model.graph.node, *tensors):
        item.doc_string = ""
        del item.metadata_props[:]


def hold_in_half_floats(model: onnx.ModelProto) -> None:
    """Keep the weights of convolutions in 16 bits, to be made 32 again when the file is opened."""
    graph = model.graph
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    casts = []
    for tensor in graph.initializer:
        if tensor.name in kernels:
            whole, tensor.name = tensor.name, f"{tensor.name}/half"
            half = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
            casts.append(helper.make_node("Cast", [tensor.name], [whole], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def first_and_last_convolutions(path: Path) -> list[str]:
    """Names of the convolution that the picture meets, and of those after which no other comes."""
    first = next(node.name for node in onnx.load(path).graph.node if node.op_type == "Conv")
    return [first, *last_convolutions(path)]


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
