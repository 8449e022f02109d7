"""The weights in an exported file."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor


def read_weights(path: Path, *, prefix: str = "") -> dict[str, Tensor]:
    """By name, less the prefix that a wrapped network was exported with."""
    return {
        tensor.name.removeprefix(prefix): torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in onnx.load(path).graph.initializer
    }
