"""How likely each spot of one picture is occupied, by a small network that looks at every spot."""

from collections.abc import Sequence

import numpy as np

from models.errors import UnsuitableModel
from models.session import Network
from models.spec import ModelSpec
from vision.arrays import FloatArray, ImageArray
from vision.frame import check_image
from vision.parking.spot_view import ViewShape, cut_views

BATCH = 32  # spots at once: more do not run faster, and their layers no longer fit the cache


def is_occupancy_network(network: Network) -> bool:
    """Whether the one input is a batch of spot views, (N, S, S, 4) uint8."""
    if len(network.inputs) != 1 or network.inputs[0].dtype != "uint8":
        return False
    shape = network.inputs[0].shape
    return len(shape) == 4 and shape[1] is not None and shape[1:] == (shape[1], shape[1], 4)


class OccupancyClassifier:
    """A network of views (N, S, S, 4) uint8 → probabilities (N,) as a function of outlines."""

    def __init__(self, network: Network, spec: ModelSpec) -> None:
        size_px = network.inputs[0].shape[1] if is_occupancy_network(network) else None
        if size_px is None:
            seen = ", ".join(str(tensor) for tensor in network.inputs)
            raise UnsuitableModel(
                f"{spec.name} is no occupancy network: wanted one input (N, S, S, 4) uint8, "
                f"got {seen}"
            )
        self.network = network
        self.spec = spec
        self.view = _view_shape(network, size_px)
        self._input = network.inputs[0].name

    def __call__(
        self,
        image: ImageArray,
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),  # noqa: ARG002 - each spot is judged by itself
    ) -> FloatArray:
        """(N,) probability that each (K, 2) outline of the (H, W, 3) picture is occupied.

        An outline partly outside the picture is judged by the part that is inside. Raises
        ValueError for another kind of picture, and LayoutError for an outline without area or
        wholly outside.
        """
        check_image(image)
        views = cut_views(image, polygons, self.view)
        if len(views) == 0:
            return np.empty(0, np.float32)
        parts = [
            self.network.run({self._input: views[start : start + BATCH]})[0].reshape(-1)
            for start in range(0, len(views), BATCH)
        ]
        return np.concatenate(parts).astype(np.float32)


def _view_shape(network: Network, size_px: int) -> ViewShape:
    """The view that the file says it was trained on; a file that says nothing has the usual one."""
    told = network.metadata
    usual = ViewShape(size_px)
    return ViewShape(
        size_px,
        sides=float(told.get("view_sides", usual.sides)),
        rise=float(told.get("view_rise", usual.rise)),
    )
