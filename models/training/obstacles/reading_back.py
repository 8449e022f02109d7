"""The weights of a file that ships, back in a network that can be trained and mixed.

What `export` did to the weights is found out by its own means: a network whose weights are their
own numbers goes the same way, and tells which number came to lie where.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from models.training.obstacles.export import compare
from models.training.obstacles.network import ObstacleNetwork
from models.training.obstacles.unshuffled import Unshuffled

MADE_UP = (".pick.", "pyramid.reduce")  # convolutions that only choose, and sums of weights


def read_back(path: Path) -> ObstacleNetwork:
    """The network of a file written by `export`, compared with the file.

    Raises:
        ValueError: the file is of another form, or says something else than the network.
    """
    stored = {
        each.name: torch.tensor(numpy_helper.to_array(each))
        for each in onnx.load(path).graph.initializer
    }
    network = ObstacleNetwork()
    count = sum(each.numel() for each in network.parameters())
    weights = torch.full((count + 1,), float("nan"))
    for name, numbers in _numbered().items():
        if name not in stored or stored[name].shape != numbers.shape:
            raise ValueError(f"{path} is no file of `export`: it lacks {name} {numbers.shape}")
        weights[numbers.flatten()] = stored[name].flatten()
    _put(network, weights[1:])
    compare(network.eval(), path)
    return network


def _numbered() -> dict[str, Tensor]:
    """By the name of each tensor in a file: which weight, from 1 on, lies where; 0 is a filler."""
    network = ObstacleNetwork().double()  # single floats end at 16 million
    count = sum(each.numel() for each in network.parameters())
    _put(network, torch.arange(1, count + 1, dtype=torch.float64))
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        written = Unshuffled(network)
    finally:
        torch.set_default_dtype(before)
    return {
        name: numbers.detach().long()
        for name, numbers in written.named_parameters()
        if not any(part in name for part in MADE_UP)
    }


def _put(network: nn.Module, weights: Tensor) -> None:
    """Set all weights of a network, one after the other."""
    ends = np.cumsum([each.numel() for each in network.parameters()])
    parts = torch.split(weights, np.diff(ends, prepend=0).tolist())
    with torch.no_grad():
        for parameter, part in zip(network.parameters(), parts, strict=True):
            parameter.copy_(part.view_as(parameter))
