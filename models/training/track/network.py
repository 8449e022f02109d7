"""The track network: a pretrained backbone and a light decoder that looks far around."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.backbone import Backbone, pretrained_backbone
from models.training.convolution import Convolution
from models.training.exported import read_weights

CHANNELS = 2  # own track, all track
CONTEXT, MIDDLE, FINE = 64, 48, 32
DILATIONS = (1, 2, 4)
FINER = 2  # the last map has stride 4; each of its pixels is told apart into 2×2


class Context(nn.Module):
    """Looks far around at stride 16: dilated neighbours, whole rows, whole columns."""

    def __init__(self, channels_in: int) -> None:
        super().__init__()
        self.narrow = Convolution(channels_in, CONTEXT, 1)
        self.reaches = nn.ModuleList(
            nn.Conv2d(CONTEXT, CONTEXT, 3, padding=reach, dilation=reach, groups=CONTEXT)
            for reach in DILATIONS
        )
        self.place = nn.Conv2d(2, CONTEXT, 1, bias=False)
        self.join = Convolution(CONTEXT * (len(DILATIONS) + 3), CONTEXT, 1)
        self.mix = nn.Sequential(
            nn.Conv2d(CONTEXT, CONTEXT, 5, padding=2, groups=CONTEXT),
            Convolution(CONTEXT, CONTEXT, 1),
        )
        nn.init.zeros_(self.place.weight)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) → (N, 64, H, W)."""
        x = self.narrow(features)
        x = x + self.place(places(x))
        rows = x.mean(3, keepdim=True).expand_as(x)
        columns = x.mean(2, keepdim=True).expand_as(x)
        near = [functional.relu(reach(x)) for reach in self.reaches]
        joined: Tensor = self.join(torch.cat([x, *near, rows, columns], 1))
        return joined + self.mix(joined)


class Merge(nn.Module):
    """A coarse map, enlarged, and a fine one become one."""

    def __init__(self, coarse: int, fine: int, channels: int, reach: int) -> None:
        super().__init__()
        self.narrow = Convolution(coarse, channels, 1)
        self.lateral = Convolution(fine, channels, 1)
        self.mix = nn.Sequential(
            nn.Conv2d(channels, channels, reach, padding=reach // 2, groups=channels),
            Convolution(channels, channels, 1),
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """(N, coarse, H, W) and (N, fine, 2H, 2W) → (N, channels, 2H, 2W)."""
        up = functional.interpolate(
            self.narrow(coarse), scale_factor=2, mode="bilinear", align_corners=False
        )
        merged = up + self.lateral(fine)
        return merged + self.mix(merged)


class TrackNetwork(nn.Module):
    """Picture → logits of "own track" and "any track" for every 2×2 pixels.

    Input (N, 3, H, W) RGB from 0 to 255; H and W are multiples of 16.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        first, second, third = backbone.channels
        self.context = Context(third)
        self.middle = Merge(CONTEXT, second, MIDDLE, 5)
        self.fine = Merge(MIDDLE, first, FINE, 3)
        self.head = nn.Sequential(
            nn.Conv2d(FINE, FINE, 3, padding=1, groups=FINE),
            Convolution(FINE, FINE, 1),
            nn.Conv2d(FINE, CHANNELS * FINER**2, 1),
        )

    def forward(self, image: Tensor) -> Tensor:
        """(N, 3, H, W) → (N, 2, H / 2, W / 2) logits."""
        first, second, third = self.backbone(image)
        merged = self.fine(self.middle(self.context(third), second), first)
        return functional.pixel_shuffle(self.head(merged), FINER)


def places(x: Tensor) -> Tensor:
    """(N, 2, H, W): row and column from -1 to 1; the own track lies below the camera."""
    rows = torch.linspace(-1, 1, x.shape[2]).view(1, 1, -1, 1)
    columns = torch.linspace(-1, 1, x.shape[3]).view(1, 1, 1, -1)
    shape = (x.shape[0], 1, x.shape[2], x.shape[3])
    return torch.cat([rows.expand(shape), columns.expand(shape)], 1).to(x)


def new_network(detector: Path | None) -> TrackNetwork:
    """A fresh decoder on a detector's backbone, or on EfficientNet-Lite0 where none is given."""
    return TrackNetwork(pretrained_backbone(detector))


def load_exported(network: TrackNetwork, path: Path) -> None:
    """Take all weights from an exported file of one network; floors of activations stay.

    Raises:
        ValueError: the file is not of this network.
    """
    weights = read_weights(path, prefix="network.")
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in weights]
    if missing:
        raise ValueError(f"{path} has no {missing[0]}: it is no exported track network")
    network.load_state_dict({name: weights[name] for name in wanted})
    network.backbone.take_rgb()
