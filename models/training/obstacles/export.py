"""From a trained network to the file that ships: ONNX with a free batch, height and width."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import helper, numpy_helper

from models.training.graph import first_and_last_convolutions, strip
from models.training.obstacles.classes import CLASSES, COCO_ROWS
from models.training.obstacles.network import (
    BOX_CHANNELS,
    MEAN_BGR,
    STD_BGR,
    Exported,
    ObstacleNetwork,
)
from models.training.obstacles.pictures import Picture
from models.training.obstacles.teachers import channels_first, resize
from models.training.obstacles.unshuffled import Unshuffled
from models.training.quantisation import Feed, quantise

OPSET = 18
RANGE_RATE = 0.02  # of a moving average of ranges, by a picture
TOLERANCE = 1e-3  # of a side logit; confidences agree far closer
TRIAL_SIZES = ((1, 384, 640), (2, 416, 416), (1, 256, 256))


def export(network: ObstacleNetwork, path: Path) -> None:
    """Write the network in the form that runs fastest, and compare the file with it.

    Raises:
        ValueError: the file says something else than the network.
    """
    free = torch.export.Dim.DYNAMIC
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        Unshuffled(network).eval(), (torch.zeros(2, 3, 384, 640),), str(path),
        input_names=["input"], opset_version=OPSET,
        dynamic_shapes=({0: free, 2: free, 3: free},), dynamo=True, external_data=False,
    )  # fmt: skip
    model = onnx.load(path)
    for dimension, name in zip(
        model.graph.input[0].type.tensor_type.shape.dim, "NxHW", strict=True
    ):
        if not dimension.dim_value:
            dimension.dim_param = name
    strip(model)
    add_ending(model, network)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    compare(network, path)


def export_int8(
    path: Path, target: Path, pictures: Sequence[Picture], size: tuple[int, int]
) -> None:
    """Write the file's network in OpenVINO's 8 bits, calibrated on pictures at (height, width)."""

    def feeds() -> Iterator[Feed]:
        for picture in pictures:
            shown = (resize(picture.read(), *size) - np.float32(MEAN_BGR)) / np.float32(STD_BGR)
            yield {"input": channels_first(shown)}

    quantise(
        path, target, feeds(), ("Conv",), RANGE_RATE, first_and_last_convolutions, for_openvino=True
    )  # fmt: skip


def add_ending(model: onnx.ModelProto, network: ObstacleNetwork) -> None:
    """From the maps of the heads to the one output: rows by anchor, confidences first.

    Written node by node, because a traced reshape works its sizes out anew for every picture.
    """
    graph, rows = model.graph, len(network.rows)
    maps = [item.name for item in graph.output]
    nodes = [
        helper.make_node("Reshape", [name, "flat"], [f"flat_{index}"])
        for index, name in enumerate(maps)
    ]
    parts = [f"rows_of_{name}" for name in CLASSES]
    classes = [name.replace("rows_of", "logit_of") for name in parts]
    nodes.append(helper.make_node("Concat", [n.output[0] for n in nodes], ["raw"], axis=2))
    nodes.append(helper.make_node("Split", ["raw", "widths"], [*parts, "sides"], axis=1))
    for index, members in enumerate(COCO_ROWS):
        if len(members) > 1:
            largest = helper.make_node("ReduceMax", [parts[index], "row_axis"], [classes[index]])
            nodes.append(largest)
        else:
            classes[index] = parts[index]
    nodes += [
        helper.make_node("Concat", classes, ["logits"], axis=1),
        helper.make_node("Sigmoid", ["logits"], ["confidences"]),
        helper.make_node("Concat", ["confidences", "sides"], ["by_row"], axis=1),
        helper.make_node("Transpose", ["by_row"], ["output"], perm=[0, 2, 1]),
    ]
    constants = {
        "flat": [0, rows + BOX_CHANNELS, -1],
        "widths": [*(len(members) for members in COCO_ROWS), BOX_CHANNELS],
        "row_axis": [1],
    }
    graph.initializer.extend(
        numpy_helper.from_array(np.array(value, np.int64), name)
        for name, value in constants.items()
    )
    del graph.output[:]
    graph.node.extend(nodes)
    shape = ["N", "A", len(CLASSES) + BOX_CHANNELS]
    graph.output.append(helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, shape))
    drop_idle(graph)


def drop_idle(graph: onnx.GraphProto) -> None:
    """Drop nodes and constants that nothing reads any more."""
    wanted = {item.name for item in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    constants = [item for item in graph.initializer if item.name in wanted]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(constants)


def compare(network: ObstacleNetwork, path: Path) -> None:
    """Raise unless file and network agree at several sizes."""
    session = ort.InferenceSession(path)
    for batch, height, width in TRIAL_SIZES:
        image = torch.randn(batch, 3, height, width)
        with torch.no_grad():
            wanted = Exported(network)(image).numpy()
        got = session.run(None, {"input": image.numpy()})[0]
        if got.shape != wanted.shape:
            raise ValueError(f"the file gives {got.shape}, the network {wanted.shape}")
        worst = float(np.abs(got - wanted).max())
        if worst > TOLERANCE:
            raise ValueError(f"file and network differ by {worst:.2g} at {height}x{width}")
