"""What backbones take and give: values of pixels, order of channels, maps of features."""

from torch import Tensor

PIXEL_RANGE = 255.0
Maps = tuple[Tensor, Tensor, Tensor]
"""(N, C, H, W) at strides 4, 8 and 16."""


def in_other_order(kernel: Tensor) -> Tensor:
    """(N, 3 or 4, H, W) of red, green, blue and mask → of blue, green, red and mask, or back."""
    return kernel[:, [2, 1, 0, 3][: kernel.shape[1]]]
