"""A convolution with its activation folded in, as the networks trained here are made of."""

from torch import Tensor, nn
from torch.nn import functional


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
