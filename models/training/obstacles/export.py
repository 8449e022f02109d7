"""From a trained network to the file that ships: ONNX with a free batch, height and width."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from models.training.obstacles.network import Exported, ObstacleNetwork

OPSET = 18
TOLERANCE = 1e-3  # of a side logit; confidences agree far closer
TRIAL_SIZES = ((1, 384, 640), (2, 416, 416), (1, 256, 256))


def mixed(start: ObstacleNetwork, trained: ObstacleNetwork, share: float) -> ObstacleNetwork:
    """A network whose weights lie between the start (0) and the trained one (1).

    Halfway weights keep more of what the start knew than the trained ones do.
    """
    between = ObstacleNetwork()
    first, last = start.state_dict(), trained.state_dict()
    between.load_state_dict({k: torch.lerp(first[k], last[k], share) for k in first})
    return between.eval()


def export(network: ObstacleNetwork, path: Path) -> None:
    """Write the network and compare the file with it on random pictures.

    Raises:
        ValueError: the file says something else than the network.
    """
    free = torch.export.Dim.DYNAMIC
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        Exported(network.eval()), (torch.zeros(2, 3, 384, 640),), str(path),
        input_names=["input"], output_names=["output"], opset_version=OPSET,
        dynamic_shapes=({0: free, 2: free, 3: free},), dynamo=True, external_data=False,
    )  # fmt: skip
    model = onnx.load(path)
    for tensor, names in ((model.graph.input[0], "NxHW"), (model.graph.output[0], "NAx")):
        for dimension, name in zip(tensor.type.tensor_type.shape.dim, names, strict=True):
            if not dimension.dim_value:
                dimension.dim_param = name
    strip(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    compare(network, path)


def strip(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on where each node came from: half a megabyte of paths."""
    del model.metadata_props[:], model.graph.value_info[:], model.graph.metadata_props[:]
    tensors = (*model.graph.input, *model.graph.output, *model.graph.initializer)
    for item in (*model.graph.node, *tensors):
        item.doc_string = ""
        del item.metadata_props[:]


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
