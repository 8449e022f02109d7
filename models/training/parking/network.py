"""The occupancy network: dense convolutions of a pretrained detector, pooled over the spot."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

Maps = tuple[Tensor, Tensor, Tensor]
"""(N, C, H, W) at strides 4, 8 and 16."""

PIXEL_RANGE = 255.0
MASK_STRIDE = 4  # of the finest features that are pooled
FAINT = 1e-3  # weight outside the spot, so that a spot without a pixel has a mean too


class Convolution(nn.Module):
    """Convolution whose output is cut off below `floor`.

    The pretrained layers are convolution, ReLU, then a learned scale and bias of one number each:
    scale · relu(z) + bias = max(scale · z + bias, bias). Folded like that they are exact, borders
    included, and run as one fused operator. `floor` None means no activation.
    """

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        # kernels of 2 look right and down; the others are centred
        self.padding = (0, 1, 0, 1) if kernel == 2 else (kernel // 2,) * 4
        self.conv = nn.Conv2d(
            channels_in,
            channels_out,
            kernel,
            stride,
            0 if kernel == 2 else kernel // 2,
            groups=groups,
        )
        self.floor: float | None = 0.0

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, channels_out, H / stride, W / stride)."""
        if self.conv.kernel_size[0] == 2:
            x = functional.pad(x, self.padding)
        x = self.conv(x)
        return x if self.floor is None else x.clamp(min=self.floor)


class Block(nn.Module):
    """Three layers in a row; they and their input are brought together by two 1×1 layers."""

    def __init__(self, layers: list[nn.Module], channels: tuple[int, int, int]) -> None:
        super().__init__()
        together, squeezed, out = channels
        self.layers = nn.ModuleList(layers)
        self.squeeze = Convolution(together, squeezed, 1)
        self.expand = Convolution(squeezed, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, out, H, W)."""
        parts = [x]
        for layer in self.layers:
            parts.append(layer(parts[-1]))
        return self.expand(self.squeeze(torch.cat(parts, 1)))


class Stem(nn.Module):
    """Picture and spot mask to 16 channels at a quarter of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Convolution(4, 16, 3, 2)
        self.narrow = Convolution(16, 8, 2)
        self.widen = Convolution(8, 16, 2)
        self.join = Convolution(32, 16, 3, 2)
        self.mix = Convolution(16, 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 4, H, W) → (N, 16, H / 4, W / 4)."""
        x = self.first(x)
        pooled = functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), value=-1e4), 2, 1)
        return self.mix(self.join(torch.cat([pooled, self.widen(self.narrow(x))], 1)))


class Backbone(nn.Module):
    """HGNetv2 in its smallest form (DEIMv2-Femto), three stages at strides 4, 8 and 16.

    Where the spot lies is said again before the second and third stage: the narrow first layers
    were pretrained without it.
    """

    channels = (64, 256, 512)

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.stage1 = Block([Convolution(16, 16, 3) for _ in range(3)], (64, 32, 64))
        self.down2 = Convolution(64, 64, 3, 2, groups=64)
        self.stage2 = Block(
            [Convolution(64, 32, 3), Convolution(32, 32, 3), Convolution(32, 32, 3)],
            (160, 128, 256),
        )
        self.spot2 = nn.Conv2d(1, 64, 1, bias=False)
        self.down3 = Convolution(256, 256, 3, 2, groups=256)
        self.spot3 = nn.Conv2d(1, 256, 1, bias=False)
        light = [
            nn.Sequential(Convolution(width, 64, 1), Convolution(64, 64, 5, groups=64))
            for width in (256, 64, 64)
        ]
        self.stage3 = Block(light, (448, 256, 512))
        self.down2.floor = self.down3.floor = None
        for pair in light:
            pair[0].floor = None
        nn.init.zeros_(self.spot2.weight)
        nn.init.zeros_(self.spot3.weight)

    def forward(self, x: Tensor, masks: Maps) -> Maps:
        """(N, 4, H, W) and the mask at strides 4, 8 and 16 → features at the same strides."""
        first = self.stage1(self.stem(x))
        second = self.stage2(self.down2(first) + self.spot2(masks[1]))
        return first, second, self.stage3(self.down3(second) + self.spot3(masks[2]))


class OccupancyNetwork(nn.Module):
    """Picture of a spot and its mask → logit of "occupied".

    Input (N, 4, H, W) from 0 to 255: red, green, blue, spot mask (255 inside).
    """

    def __init__(self, hidden: int = 96, dropout: float = 0.2) -> None:
        super().__init__()
        self.backbone = Backbone()
        inside = sum(Backbone.channels)
        around = sum(Backbone.channels[1:])
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(inside + around, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, 4, H, W) from 0 to 255 → (N,) logits."""
        x = x / PIXEL_RANGE
        masks = mask_pyramid(functional.avg_pool2d(x[:, 3:], MASK_STRIDE))
        return self.head(pool_features(self.backbone(x, masks), masks)).squeeze(1)


def mask_pyramid(mask: Tensor) -> Maps:
    """(N, 1, H, W) at stride 4 → the same at strides 4, 8 and 16."""
    half = functional.avg_pool2d(mask, 2)
    return mask, half, functional.avg_pool2d(half, 2)


def pool_features(stages: Maps, masks: Maps) -> Tensor:
    """(N, 1600): means over the spot at three strides and over the whole view at two."""
    inside = [_spot_means(stage, mask) for stage, mask in zip(stages, masks, strict=True)]
    around = [stage.mean((2, 3)) for stage in stages[1:]]
    return torch.cat(inside + around, 1)


def _spot_means(features: Tensor, mask: Tensor) -> Tensor:
    """(N, C) mean of (N, C, H, W) features weighted by the (N, 1, H, W) mask."""
    weight = mask.flatten(1) + FAINT
    weight = weight / weight.sum(1, keepdim=True)
    return torch.bmm(features.flatten(2), weight.unsqueeze(2)).squeeze(2)


def load_pretrained(backbone: Backbone, path: Path) -> None:
    """Take the detector's backbone weights from its ONNX file, activations folded.

    The mask's input weights start at zero.
    """
    graph = onnx.load(path).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    layers = [module for module in backbone.modules() if isinstance(module, Convolution)]
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    for layer, node in zip(layers, convolutions, strict=False):
        scale, bias = _scale_and_bias(graph, node.output[0], weights)
        kernel, offset = weights[node.input[1]] * scale, weights[node.input[2]] * scale
        if kernel.shape[1] == 3:
            kernel = np.concatenate([kernel, np.zeros_like(kernel[:, :1])], 1)
        if kernel.shape != tuple(layer.conv.weight.shape):
            raise ValueError(
                f"{node.name}: weight {kernel.shape}, wanted {tuple(layer.conv.weight.shape)}"
            )
        layer.conv.weight.data = torch.from_numpy(kernel.copy())
        layer.conv.bias.data = torch.from_numpy((offset + (bias or 0.0)).astype(np.float32))
        if (bias is None) != (layer.floor is None):
            raise ValueError(f"{node.name}: activation does not fit")
        layer.floor = bias


def load_exported(network: OccupancyNetwork, path: Path) -> None:
    """Take all weights from an exported file, whatever its view.

    The activations' floors are the detector's: `load_pretrained` comes first.
    """
    initializers = onnx.load(path).graph.initializer
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in initializers}
    state = {name: torch.from_numpy(weights[name].copy()) for name in network.state_dict()}
    first = "backbone.stem.first.conv.weight"
    state[first] = state[first][:, [2, 1, 0, 3]] * PIXEL_RANGE  # as export folded them
    network.load_state_dict(state)


def _scale_and_bias(
    graph: onnx.GraphProto, name: str, weights: dict[str, np.ndarray]
) -> tuple[float, float | None]:
    """Scale and bias behind the ReLU that reads tensor `name`; 1 and None if there is no ReLU."""
    readers = {node.input[0]: node for node in graph.node if node.op_type == "Relu"}
    if name not in readers:
        return 1.0, None
    relu = readers[name].output[0]
    scaled = next(node for node in graph.node if node.op_type == "Mul" and relu in node.input)
    shifted = next(
        node for node in graph.node if node.op_type == "Add" and scaled.output[0] in node.input
    )
    return float(weights[scaled.input[0]].item()), float(weights[shifted.input[1]].item())
