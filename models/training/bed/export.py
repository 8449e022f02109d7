"""From a trained bed network to the file that ships."""

from copy import deepcopy
from pathlib import Path

from torch import Tensor, nn

from models.training.bed.network import BedNetwork
from models.training.shipping import ship
from vision.tram.bed_reader import STRIP_SHAPE

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
    """Write the network; raises ValueError where the file says something else."""
    ship(Shipped(network).eval(), path, STRIP_SHAPE, INPUT, OUTPUT)
