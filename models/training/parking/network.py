"""The occupancy network: a pretrained backbone's features, pooled over the spot."""

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from models.training.backbone import Backbone
from models.training.exported import read_weights
from models.training.feature_maps import PIXEL_RANGE
from models.training.parking.spot_mask import MASK_STRIDE, mask_pyramid, pool_features


class OccupancyNetwork(nn.Module):
    """Picture of a spot and its mask → logit of "occupied".

    Input (N, 4, H, W) from 0 to 255: red, green, blue, spot mask (255 inside).
    """

    def __init__(self, backbone: Backbone, hidden: int = 96, dropout: float = 0.2) -> None:
        super().__init__()
        self.backbone = backbone
        inside = sum(backbone.channels)
        around = sum(backbone.channels[1:])
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(inside + around, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, 4, H, W) from 0 to 255 → (N,) logits."""
        masks = mask_pyramid(functional.avg_pool2d(x[:, 3:] / PIXEL_RANGE, MASK_STRIDE))
        return self.head(pool_features(self.backbone(x, masks), masks)).squeeze(1)


def load_exported(network: OccupancyNetwork, path: Path) -> None:
    """Take all weights from an exported file of the same backbone, whatever its view.

    Floors of activations are the detector's: its backbone was loaded before.
    """
    weights = read_weights(path)
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
    network.backbone.take_rgb()
