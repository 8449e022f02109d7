"""The array types that travel through Wayside; shapes stand in each docstring."""

from typing import Any

import numpy as np
import numpy.typing as npt

ImageArray = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 picture in BGR order."""

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
