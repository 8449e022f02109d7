"""What is asked of an ONNX graph, or dropped from it, whatever the network."""

from pathlib import Path

import onnx


def strip(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on where each node came from: half a megabyte of paths."""
    del model.metadata_props[:], model.graph.value_info[:], model.graph.metadata_props[:]
    tensors = (*model.graph.input, *model.graph.output, *model.graph.initializer)
    for item in (*model.graph.node, *tensors):
        item.doc_string = ""
        del item.metadata_props[:]


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
