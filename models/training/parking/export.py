"""The trained network as ONNX files, in floats and 8 bits: bytes of views in, probabilities out."""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.feature_maps import PIXEL_RANGE
from models.training.parking.network import OccupancyNetwork
from models.training.parking.spot_mask import MASK_STRIDE, mask_pyramid, pool_features
from models.training.parking.spot_view import ViewShape
from models.training.quantisation import quantise
from models.training.shipping import OPSET, compare

QUANTISED = ("Conv", "Concat", "Clip", "MaxPool")
"""The head stays float: it takes no time, and its sum decides."""
CALIBRATION_BATCH = 32


class ViewsToProbabilities(nn.Module):
    """(N, S, S, 4) uint8 BGR and mask → (N,) probability of "occupied".

    The channel order is folded into the first convolution. The mask is brought to the size of the
    features by a convolution too: slicing it out costs ten times more.
    """

    def __init__(self, network: OccupancyNetwork) -> None:
        super().__init__()
        self.backbone = network.backbone
        self.backbone.take_bgr()
        self.head = network.head
        kernel = torch.zeros(1, 4, MASK_STRIDE, MASK_STRIDE)
        kernel[:, 3] = 1 / (PIXEL_RANGE * MASK_STRIDE**2)
        self.register_buffer("mask_kernel", kernel)

    def forward(self, views: Tensor) -> Tensor:
        """Probabilities, between 0 and 1."""
        x = views.permute(0, 3, 1, 2).float()
        masks = mask_pyramid(functional.conv2d(x, self.mask_kernel, stride=MASK_STRIDE))
        features = pool_features(self.backbone(x, masks), masks)
        return torch.sigmoid(self.head(features)).squeeze(1)


def export(network: OccupancyNetwork, shape: ViewShape, path: Path, name: str) -> None:
    """Write the network to `path` with a free number of views, and compare the file with it.

    Raises:
        ValueError: the file says something else than the network.
    """
    wrapped = ViewsToProbabilities(network.to(memory_format=torch.contiguous_format)).eval()
    views = torch.zeros(2, shape.size_px, shape.size_px, 4, dtype=torch.uint8)
    program = torch.onnx.export(
        wrapped,
        (views,),
        dynamo=True,
        opset_version=OPSET,
        input_names=["views"],
        output_names=["occupied"],
        dynamic_shapes={"views": {0: torch.export.Dim("n")}},
        verbose=False,
    )
    program.optimize()
    model = program.model_proto
    _pad_inside_pools(model.graph)
    # what tracing noted of files and lines is of no use to anybody else
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    onnx.helper.set_model_props(
        model,
        {
            "name": name,
            "task": "parking",
            "licence": "Apache-2.0",
            "names": "['free', 'occupied']",
            "view_sides": f"{shape.sides:g}",
            "view_rise": f"{shape.rise:g}",
        },
    )
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    compare(wrapped, path, tuple(views.shape[1:]))


def export_int8(path: Path, target: Path, views: np.ndarray) -> None:
    """Write the file's network in 8 bits, calibrated on views (N, S, S, 4) uint8."""
    starts = range(0, len(views), CALIBRATION_BATCH)
    feeds = ({"views": views[start : start + CALIBRATION_BATCH]} for start in starts)
    quantise(path, target, feeds, QUANTISED, exact=_mask_readers)
    model, source = onnx.load(target), onnx.load(path)
    told = {entry.key: entry.value for entry in source.metadata_props}
    onnx.helper.set_model_props(model, told | {"precision": "int8"})
    onnx.save(model, target)


def _mask_readers(path: Path) -> list[str]:
    """The convolution that only brings the mask to size: it must stay exact."""
    nodes = onnx.load(path).graph.node
    return [node.name for node in nodes if node.op_type == "Conv" and "mask" in node.input[1]]


def _pad_inside_pools(graph: onnx.GraphProto) -> None:
    """Give pools their replicated border right and below as their own padding.

    A pool leaves its padding out of the maximum, which is what replicating does for a window of 2.
    """
    makers = {node.output[0]: node for node in graph.node}
    for pool in [node for node in graph.node if node.op_type == "MaxPool"]:
        pad = makers[pool.input[0]]
        if pad.op_type != "Pad":
            raise ValueError(f"{pool.name}: wanted a pad before the pool, got {pad.op_type}")
        pool.input[0] = pad.input[0]
        pads = next(attribute for attribute in pool.attribute if attribute.name == "pads")
        del pads.ints[:]
        pads.ints.extend([0, 0, 1, 1])
        graph.node.remove(pad)
