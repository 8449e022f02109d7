"""The bed network: whether something stands at each place of a strip of track bed.

On the strip an upright thing has the same shape at every distance (see vision.tram.bed_strip),
so a few small convolutions do; what a bed usually looks like in its own picture they are told by
the means of each column and of all.
"""

import torch
from torch import Tensor, nn

from models.training.convolution import Convolution
from vision.tram.bed_reader import FOOT_COLUMNS

CHANNELS = 32
DILATIONS = ((1, 1), (2, 1), (4, 2), (1, 1), (2, 1))
USUAL_AFTER = 2  # blocks, after which what is usual in the picture is told
LEAST_SPREAD = 6.0  # grey levels


class Block(nn.Module):
    """Looks around along and across the bed."""

    def __init__(self, dilation: tuple[int, int]) -> None:
        super().__init__()
        self.look = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv2d(CHANNELS, CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, R, L) → the same."""
        return (x + self.mix(self.look(x).relu())).relu()


class BedNetwork(nn.Module):
    """Strips (N, 3, 2R, 2L) from 0 to 255 → (N, R, feet) logits of something standing there."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(5, CHANNELS, 5, stride=2)
        self.blocks = nn.ModuleList(Block(each) for each in DILATIONS)
        self.usual = nn.Conv2d(3 * CHANNELS, CHANNELS, 1)
        self.head = nn.Sequential(Convolution(CHANNELS, CHANNELS, 3), nn.Conv2d(CHANNELS, 1, 1))
        nn.init.constant_(self.head[1].bias, -4.0)

    def forward(self, strip: Tensor) -> Tensor:
        """Logits at ALONG_M and FOOT_ASIDE_M."""
        mean = strip.mean((2, 3), keepdim=True)
        spread = (strip - mean).square().mean((1, 2, 3), keepdim=True).sqrt()
        x = torch.cat([(strip - mean) / (spread + LEAST_SPREAD), places(strip)], 1)
        x = self.stem(x)
        for number, block in enumerate(self.blocks):
            if number == USUAL_AFTER:
                columns = x.mean(2, keepdim=True).expand_as(x)
                whole = x.mean((2, 3), keepdim=True).expand_as(x)
                x = x + self.usual(torch.cat([x, columns, whole], 1)).relu()
            x = block(x)
        feet = self.head(x)[:, 0]
        return feet[
            :, :, FOOT_COLUMNS[0] : FOOT_COLUMNS[-1] + 1 : FOOT_COLUMNS[1] - FOOT_COLUMNS[0]
        ]


def places(x: Tensor) -> Tensor:
    """(N, 2, H, W): row and column from -1 to 1."""
    rows = torch.linspace(-1, 1, x.shape[2]).view(1, 1, -1, 1)
    columns = torch.linspace(-1, 1, x.shape[3]).view(1, 1, 1, -1)
    shape = (x.shape[0], 1, x.shape[2], x.shape[3])
    return torch.cat([rows.expand(shape), columns.expand(shape)], 1).to(x)
