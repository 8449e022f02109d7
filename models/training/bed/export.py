"""From a trained network to the file that ships: ONNX with a free batch."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from models.training.bed.network import BedNetwork
from models.training.graph import strip
from vision.tram.bed_reader import STRIP_SHAPE

OPSET = 18
TOLERANCE = 1e-3  # of a confidence
INPUT, OUTPUT = "strip", "taken"


class Shipped(nn.Module):
    """Strips as the program cuts them in, confidences out."""

    def __init__(self, network: BedNetwork) -> None:
        super().__init__()
        self.network = deepcopy(network).cpu().eval()

    def forward(self, strip: Tensor) -> Tensor:
        """(N, 2R, 2L, 3) uint8 BGR → (N, R, feet), 0 to 1."""
        return self.network(strip.permute(0, 3, 1, 2).float()).sigmoid()


def export(network: BedNetwork, path: Path) -> None:
    """Write the network, and compare the file with it.

    Raises:
        ValueError: the file says something else than the network.
    """
    shipped = Shipped(network).eval()
    example = torch.zeros(2, *STRIP_SHAPE, dtype=torch.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        shipped, (example,), str(path), input_names=[INPUT], output_names=[OUTPUT],
        opset_version=OPSET, dynamic_shapes=({0: torch.export.Dim.DYNAMIC},), dynamo=True,
        external_data=False,
    )  # fmt: skip
    model = onnx.load(path)
    for tensor in (model.graph.input[0], model.graph.output[0]):
        tensor.type.tensor_type.shape.dim[0].dim_param = "N"
    strip(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    session = ort.InferenceSession(path)
    rng = np.random.default_rng(1)
    for batch in (1, 3):
        strips = rng.integers(0, 256, (batch, *STRIP_SHAPE), np.uint8)
        with torch.no_grad():
            wanted = shipped(torch.from_numpy(strips)).numpy()
        worst = float(np.abs(session.run(None, {INPUT: strips})[0] - wanted).max())
        if worst > TOLERANCE:
            raise ValueError(f"file and network differ by {worst:.2g}")
