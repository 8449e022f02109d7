"""One file of several track networks: it tells the mean of what they tell."""

from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, compose, helper

from models.training.graph import hold_in_half_floats


def join(parts: Sequence[Path], target: Path) -> None:
    """Write the exported files `parts` as one network with their input and the mean of outputs.

    The file holds its weights in half floats, in half the space.

    Raises:
        ValueError: they differ in the pictures that they take.
    """
    models = [onnx.load(path) for path in parts]
    shapes = {str(model.graph.input[0].type) for model in models}
    if len(shapes) > 1:
        raise ValueError(f"networks of one input were wanted, got {len(shapes)}: {sorted(shapes)}")
    (given,), (wanted,) = models[0].graph.input, models[0].graph.output
    nodes, weights, told = [], [], []
    for number, model in enumerate(models):
        graph = compose.add_prefix(model, f"part{number}/").graph
        for node in graph.node:
            for index, name in enumerate(node.input):
                if name == graph.input[0].name:
                    node.input[index] = given.name
        nodes += graph.node
        weights += graph.initializer
        told.append(graph.output[0].name)
    nodes.append(helper.make_node("Mean", told, [wanted.name]))
    output = helper.make_tensor_value_info(
        wanted.name,
        TensorProto.FLOAT,
        [each.dim_param or each.dim_value for each in wanted.type.tensor_type.shape.dim],
    )
    graph = helper.make_graph(nodes, "track", [given], [output], weights)
    sets = {each.domain: each.version for model in models for each in model.opset_import}
    joined = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(*each) for each in sets.items()],
        ir_version=max(model.ir_version for model in models),
    )
    hold_in_half_floats(joined)
    onnx.checker.check_model(joined)
    onnx.save(joined, target)
