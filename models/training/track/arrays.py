"""Names for the arrays that training passes around."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]
BoolArray = npt.NDArray[np.bool_]
ImageArray = npt.NDArray[np.uint8]
