"""The backbone of DEIMv2-Femto: HGNetv2 in its smallest form, trained on COCO by its authors."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from models.training.convolution import Convolution
from models.training.feature_maps import PIXEL_RANGE, Maps, in_other_order


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
    """Picture, and mask where there is one, to 16 channels at a quarter of the size."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, 16, 3, 2)
        self.narrow = Convolution(16, 8, 2)
        self.widen = Convolution(8, 16, 2)
        self.join = Convolution(32, 16, 3, 2)
        self.mix = Convolution(16, 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3 or 4, H, W) → (N, 16, H / 4, W / 4)."""
        x = self.first(x)
        pooled = functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), value=-1e4), 2, 1)
        return self.mix(self.join(torch.cat([pooled, self.widen(self.narrow(x))], 1)))


class HGNet(nn.Module):
    """Three stages at strides 4, 8 and 16.

    With a mask, where the wanted part lies is a fourth channel of the picture, and is said again
    before the second and third stage: the narrow first layers were pretrained without it.
    """

    channels = (64, 256, 512)

    def __init__(self, *, with_mask: bool = False) -> None:
        super().__init__()
        self.takes_bytes = False
        self.stem = Stem(4 if with_mask else 3)
        self.stage1 = Block([Convolution(16, 16, 3) for _ in range(3)], (64, 32, 64))
        self.down2 = Convolution(64, 64, 3, 2, groups=64)
        self.stage2 = Block(
            [Convolution(64, 32, 3), Convolution(32, 32, 3), Convolution(32, 32, 3)],
            (160, 128, 256),
        )
        self.down3 = Convolution(256, 256, 3, 2, groups=256)
        if with_mask:
            self.spot2 = nn.Conv2d(1, 64, 1, bias=False)
            self.spot3 = nn.Conv2d(1, 256, 1, bias=False)
            nn.init.zeros_(self.spot2.weight)
            nn.init.zeros_(self.spot3.weight)
        light = [
            nn.Sequential(Convolution(width, 64, 1), Convolution(64, 64, 5, groups=64))
            for width in (256, 64, 64)
        ]
        self.stage3 = Block(light, (448, 256, 512))
        self.down2.floor = self.down3.floor = None
        for pair in light:
            pair[0].floor = None

    def forward(self, image: Tensor, masks: Maps | None = None) -> Maps:
        """(N, 3 or 4, H, W) RGB and mask from 0 to 255, masks (N, 1, …) from 0 to 1 → features."""
        first = self.stage1(self.stem(image if self.takes_bytes else image / PIXEL_RANGE))
        down = self.down2(first)
        second = self.stage2(down if masks is None else down + self.spot2(masks[1]))
        down = self.down3(second)
        return first, second, self.stage3(down if masks is None else down + self.spot3(masks[2]))

    def take_bgr(self) -> None:
        """From here on blue comes first; the division by the range is folded in, too."""
        first = self.stem.first.conv
        first.weight.data = in_other_order(first.weight.data) / PIXEL_RANGE
        self.takes_bytes = True

    def take_rgb(self) -> None:
        """Undo `take_bgr`, which an exported file was written with."""
        first = self.stem.first.conv
        first.weight.data = in_other_order(first.weight.data) * PIXEL_RANGE
        self.takes_bytes = False

    def freeze_first(self) -> None:
        """Keep the stem from learning: it sees edges of all lights alike, and costs much."""
        self.stem.requires_grad_(False)


def load_pretrained(backbone: HGNet, path: Path) -> None:
    """Take the detector's backbone weights from its ONNX file, activations folded.

    A mask's input weights start at zero.
    """
    graph = onnx.load(path).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    layers = [module for module in backbone.modules() if isinstance(module, Convolution)]
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    for layer, node in zip(layers, convolutions, strict=False):
        scale, bias = _scale_and_bias(graph, node.output[0], weights)
        kernel, offset = weights[node.input[1]] * scale, weights[node.input[2]] * scale
        if kernel.shape[1] == 3 and layer.conv.in_channels == 4:
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
