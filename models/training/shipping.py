"""From a network of pictures to the file that ships: ONNX with a free batch."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import nn

from models.training.graph import strip

OPSET = 18
TOLERANCE = 1e-3  # of a confidence


def ship(network: nn.Module, path: Path, shape: tuple[int, ...], given: str, told: str) -> None:
    """Write a network of pictures (N, *shape) uint8, and compare the file with it.

    `given` and `told` name its input and its output.

    Raises:
        ValueError: the file says something else than the network.
    """
    example = torch.zeros(2, *shape, dtype=torch.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network, (example,), str(path), input_names=[given], output_names=[told],
        opset_version=OPSET, dynamic_shapes=({0: torch.export.Dim.DYNAMIC},), dynamo=True,
        external_data=False,
    )  # fmt: skip
    model = onnx.load(path)
    for tensor in (model.graph.input[0], model.graph.output[0]):
        tensor.type.tensor_type.shape.dim[0].dim_param = "N"
    strip(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    compare(network, path, shape)


def compare(network: nn.Module, path: Path, shape: tuple[int, ...]) -> None:
    """Raise unless file and network agree on random pictures, in batches of one and three."""
    session = ort.InferenceSession(path)
    given = session.get_inputs()[0].name
    rng = np.random.default_rng(1)
    for batch in (1, 3):
        pictures = rng.integers(0, 256, (batch, *shape), np.uint8)
        with torch.no_grad():
            wanted = network(torch.from_numpy(pictures)).numpy()
        got = session.run(None, {given: pictures})[0]
        worst = float(np.abs(got - wanted).max()) if got.shape == wanted.shape else np.inf
        if worst > TOLERANCE:
            raise ValueError(f"file {got.shape} and network {wanted.shape} differ by {worst:.2g}")
