"""From a trained network to the file that ships: ONNX with a free batch."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from models.training.graph import strip
from models.training.quantisation import Feed, quantise
from models.training.track.network import TrackNetwork
from models.training.track.pictures import Picture

OPSET = 18
TOLERANCE = 1e-3  # of a confidence
LARGEST_MIB = 4.0
INPUT, OUTPUT = "image", "track"
RANGE_RATE = 0.02  # on the hold-out nearly as good as floats; the widest range lost 0.02 of overlap
QUANTISED = ("Conv", "Concat", "Add", "MaxPool", "Clip", "Relu")


class Shipped(nn.Module):
    """Pictures as cameras give them in, confidences out."""

    def __init__(self, network: TrackNetwork) -> None:
        super().__init__()
        self.network = deepcopy(network).cpu().eval()
        self.network.backbone.take_bgr()

    def forward(self, image: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 BGR → (N, 2, H / 2, W / 2) own and all track, 0 to 1."""
        return self.network(image.permute(0, 3, 1, 2).float()).sigmoid()


def export(network: TrackNetwork, path: Path, size: tuple[int, int]) -> None:
    """Write the network for pictures of this width and height, and compare the file with it.

    Raises:
        ValueError: the file says something else than the network, or is too large.
    """
    shipped = Shipped(network)
    width, height = size
    example = torch.zeros(2, height, width, 3, dtype=torch.uint8)
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
    compare(shipped, path, size)
    if path.stat().st_size > LARGEST_MIB * 2**20:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, more than {LARGEST_MIB} MiB")


def export_int8(
    path: Path, target: Path, pictures: Sequence[Picture], size: tuple[int, int]
) -> None:
    """Write the file's network in 8 bits, calibrated on pictures of this width and height."""

    def feeds() -> Iterator[Feed]:
        for picture in pictures:
            image = cv2.resize(picture.read().image, size, interpolation=cv2.INTER_AREA)
            yield {INPUT: image[None]}

    quantise(path, target, feeds(), QUANTISED, RANGE_RATE)


def compare(shipped: Shipped, path: Path, size: tuple[int, int]) -> None:
    """Raise unless file and network agree on random pictures, in batches of one and three."""
    session = ort.InferenceSession(path)
    rng = np.random.default_rng(1)
    for batch in (1, 3):
        image = rng.integers(0, 256, (batch, size[1], size[0], 3), np.uint8)
        with torch.no_grad():
            wanted = shipped(torch.from_numpy(image)).numpy()
        got = session.run(None, {INPUT: image})[0]
        worst = float(np.abs(got - wanted).max())
        if got.shape != wanted.shape or worst > TOLERANCE:
            raise ValueError(f"file {got.shape} and network {wanted.shape} differ by {worst:.2g}")
