"""The trainable network: ShuffleNetV2, a ghost feature pyramid and one light head per stride.

The layout is that of NanoDet-Plus-m with its batch norms already folded into the convolutions, so
published weights load into it convolution by convolution, in the order in which they are applied.
"""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from models.training.obstacles.classes import COCO_ROWS

STRIDES = (8, 16, 32, 64)
BINS = 8  # a box side is a distribution over 0..7 strides
BOX_CHANNELS = 4 * BINS
COCO_CLASSES = 80
STAGE_WIDTHS = (116, 232, 464)
STAGE_DEPTHS = (4, 8, 4)
WIDTH = 96  # channels of every level of the pyramid
MEAN_BGR = (103.53, 116.28, 123.675)
STD_BGR = (57.375, 57.12, 58.395)


def convolution(
    inputs: int, outputs: int, size: int = 1, stride: int = 1, depthwise: bool = False
) -> nn.Conv2d:
    """A convolution that keeps the size of the picture, divided by its stride."""
    groups = inputs if depthwise else 1
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, groups=groups)


def rectifier() -> nn.Module:
    """The activation used everywhere."""
    return nn.LeakyReLU(0.1, inplace=True)


def separable(channels: int, size: int, stride: int = 1) -> nn.Sequential:
    """A depthwise convolution and a pointwise one, each followed by the activation."""
    return nn.Sequential(
        convolution(channels, channels, size, stride, depthwise=True),
        rectifier(),
        convolution(channels, channels),
        rectifier(),
    )


def shuffle_halves(features: Tensor) -> Tensor:
    """Interleave the two halves of the channels."""
    batch, channels, height, width = features.shape
    halves = features.view(batch, 2, channels // 2, height, width)
    return halves.transpose(1, 2).reshape(batch, channels, height, width)


class ShuffleUnit(nn.Module):
    """Half of the channels passes, the other half is convolved, then both are interleaved."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.half = half
        self.branch = nn.Sequential(
            convolution(half, half),
            rectifier(),
            convolution(half, half, 3, depthwise=True),
            convolution(half, half),
            rectifier(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        kept, worked = features[:, : self.half], features[:, self.half :]
        return shuffle_halves(torch.cat((kept, self.branch(worked)), 1))


class ShuffleDown(nn.Module):
    """Halve the picture: two branches of stride 2 over all channels, interleaved."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        self.short = nn.Sequential(
            convolution(inputs, inputs, 3, 2, depthwise=True),
            convolution(inputs, half),
            rectifier(),
        )
        self.long = nn.Sequential(
            convolution(inputs, half),
            rectifier(),
            convolution(half, half, 3, 2, depthwise=True),
            convolution(half, half),
            rectifier(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H/2, W/2)."""
        return shuffle_halves(torch.cat((self.short(features), self.long(features)), 1))


class Ghost(nn.Module):
    """Half of the outputs by a pointwise convolution, the rest by a depthwise one over those."""

    def __init__(self, inputs: int, outputs: int, active: bool) -> None:
        super().__init__()
        half = outputs // 2
        self.primary = convolution(inputs, half)
        self.cheap = convolution(half, half, 3, depthwise=True)
        self.activation: nn.Module = rectifier() if active else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        primary = self.activation(self.primary(features))
        return torch.cat((primary, self.activation(self.cheap(primary))), 1)


class Fusion(nn.Module):
    """Two levels of the pyramid, stacked, become one: a ghost bottleneck with a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Ghost(2 * WIDTH, WIDTH, active=True), Ghost(WIDTH, WIDTH, active=False)
        )
        self.shortcut = nn.Sequential(
            convolution(2 * WIDTH, 2 * WIDTH, 5, depthwise=True), convolution(2 * WIDTH, WIDTH)
        )

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Two (N, 96, H, W) to one."""
        both = torch.cat((first, second), 1)
        return self.body(both) + self.shortcut(both)


class Backbone(nn.Module):
    """ShuffleNetV2 1.0x: features at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            convolution(3, 24, 3, 2), rectifier(), nn.MaxPool2d(3, 2, padding=1)
        )
        stages, inputs = [], 24
        for outputs, depth in zip(STAGE_WIDTHS, STAGE_DEPTHS, strict=True):
            units = [ShuffleUnit(outputs) for _ in range(depth - 1)]
            stages.append(nn.Sequential(ShuffleDown(inputs, outputs), *units))
            inputs = outputs
        self.stages = nn.ModuleList(stages)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(N, 3, H, W) to three maps, finest first."""
        features, maps = self.stem(image), []
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        return maps


class Pyramid(nn.Module):
    """Top-down and bottom-up fusion, and one extra level at stride 64."""

    def __init__(self) -> None:
        super().__init__()
        self.reduce = nn.ModuleList(
            nn.Sequential(convolution(width, WIDTH), rectifier()) for width in STAGE_WIDTHS
        )
        self.top_down = nn.ModuleList((Fusion(), Fusion()))
        self.bottom_up = nn.ModuleList(
            nn.ModuleList((separable(WIDTH, 5, 2), Fusion())) for _ in range(2)
        )
        self.extra = nn.ModuleList((separable(WIDTH, 5, 2), separable(WIDTH, 5, 2)))
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Three maps to four of 96 channels, at strides 8, 16, 32 and 64."""
        return self.fuse([reduce(m) for reduce, m in zip(self.reduce, maps, strict=True)])

    def fuse(self, maps: list[Tensor]) -> list[Tensor]:
        """Three maps of 96 channels to four."""
        fine, middle, coarse = maps
        middle = self.top_down[0](self.upsample(coarse), middle)
        fine = self.top_down[1](self.upsample(middle), fine)
        levels = [fine]
        for (shrink, fuse), upper in zip(self.bottom_up, (middle, coarse), strict=True):
            levels.append(fuse(shrink(levels[-1]), upper))
        levels.append(self.extra[0](coarse) + self.extra[1](levels[-1]))
        return levels


class ObstacleNetwork(nn.Module):
    """Backbone, pyramid and heads; every row of the output is one anchor.

    The heads keep one row per COCO class that makes up one of ours (bus and truck, say); the
    logit of our class is the largest of its rows, so that the start knows what COCO taught.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.pyramid = Pyramid()
        self.rows = [row for rows in COCO_ROWS for row in rows]
        self.towers = nn.ModuleList(
            nn.Sequential(separable(WIDTH, 5), separable(WIDTH, 5)) for _ in STRIDES
        )
        self.outputs = nn.ModuleList(
            convolution(WIDTH, len(self.rows) + BOX_CHANNELS) for _ in STRIDES
        )

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) normalised BGR to class logits (N, A, 6) and side logits (N, A, 32)."""
        levels = self.pyramid(self.backbone(image))
        raw = [
            output(tower(level)).flatten(2)
            for tower, output, level in zip(self.towers, self.outputs, levels, strict=True)
        ]
        rows, sides = torch.cat(raw, 2).split((len(self.rows), BOX_CHANNELS), 1)
        parts = rows.split([len(members) for members in COCO_ROWS], 1)
        logits = torch.cat([part.amax(1, keepdim=True) for part in parts], 1)
        return logits.transpose(1, 2), sides.transpose(1, 2)


class Exported(nn.Module):
    """What the shipped file answers: one tensor, confidences beside side distributions."""

    def __init__(self, network: ObstacleNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, A, 6 + 32)."""
        logits, sides = self.network(image)
        return torch.cat((logits.sigmoid(), sides), 2)


def anchor_centres(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Centres (A, 2) in px and strides (A,) of the anchors of an input of this size."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        centres.append(torch.stack((x, y), 2).reshape(-1, 2).float() * stride)
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(centres), torch.cat(strides)


def decode_boxes(sides: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Side logits (..., A, 32) to boxes (..., A, 4) in input px."""
    bins = torch.arange(BINS, dtype=sides.dtype)
    distances = (sides.unflatten(-1, (4, BINS)).softmax(-1) @ bins) * strides[:, None]
    return torch.cat((centres - distances[..., :2], centres + distances[..., 2:]), -1)


def load_published(network: ObstacleNetwork, path: Path) -> None:
    """Fill the network from a published NanoDet-Plus-m file, keeping only the rows we need.

    Raises:
        ValueError: a convolution of the file has another shape than ours.
    """
    graph = onnx.load(path).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    heads = set(network.outputs)
    trunk = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m not in heads]
    final = [n for n in nodes if values[n.input[1]].shape[0] == COCO_CLASSES + BOX_CHANNELS]
    others = [n for n in nodes if values[n.input[1]].shape[0] != COCO_CLASSES + BOX_CHANNELS]
    kept = [*network.rows, *range(COCO_CLASSES, COCO_CLASSES + BOX_CHANNELS)]
    pairs = [(m, n, slice(None)) for m, n in zip(trunk, others, strict=True)]
    pairs += [(m, n, kept) for m, n in zip(network.outputs, final, strict=True)]
    with torch.no_grad():
        for module, node, rows in pairs:
            weight = torch.tensor(values[node.input[1]][rows])
            if weight.shape != module.weight.shape:
                raise ValueError(
                    f"{node.input[1]} is {tuple(weight.shape)}, wanted {tuple(module.weight.shape)}"
                )
            module.weight.copy_(weight)
            module.bias.copy_(torch.tensor(values[node.input[2]][rows]))
