"""The network families Wayside runs: what each wants to be fed, and how it is recognised."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.errors import UnknownFamily
from models.session import Network, TensorInfo
from vision.arrays import FloatArray
from vision.decode import (
    NANODET_DISTANCES,
    NANODET_STRIDES,
    YOLOX_STRIDES,
    Candidates,
    decode_deim,
    decode_end_to_end,
    decode_nanodet,
    decode_picodet,
    decode_yolov8,
    decode_yolox,
    grid_cells,
)
from vision.letterbox import Fit

Decode = Callable[[Sequence[FloatArray], tuple[int, int], float], Candidates]

SIZES_INPUT = "orig_target_sizes"  # the second input of DEIM, D-FINE and RT-DETR exports


@dataclass(frozen=True, slots=True)
class Family:
    """How networks of one family are fed and decoded."""

    name: str
    decode: Decode
    fit: Fit
    is_rgb: bool
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Subtracted from each channel, in the order fed, on the scale 0–255."""
    std: tuple[float, float, float] = (255.0, 255.0, 255.0)
    """What each channel is then divided by."""
    needs_nms: bool = True
    class_axis: int | None = None
    """Axis of the first output on which every class has its scores; None where none has."""
    box_channels: int = 0
    """What else stands on that axis, where boxes and scores come in one output."""

    def class_count(self, network: Network) -> int | None:
        """How many classes the network's outputs tell; None where they do not."""
        shape = network.outputs[0].shape
        if self.class_axis is None or len(shape) != 3:
            return None
        channels = shape[self.class_axis]
        boxes = self.box_channels if len(network.outputs) == 1 else 0
        return None if channels is None else channels - boxes


_IMAGENET_RGB_MEAN = (123.675, 116.28, 103.53)
_IMAGENET_RGB_STD = (58.395, 57.12, 57.375)

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "yolov8",
            decode_yolov8,
            Fit.LETTERBOX_CENTRED,
            is_rgb=True,
            class_axis=1,
            box_channels=4,
        ),
        Family(
            "yolo-end-to-end",
            decode_end_to_end,
            Fit.LETTERBOX_CENTRED,
            is_rgb=True,
            needs_nms=False,
        ),
        Family(
            "yolox",
            decode_yolox,
            Fit.LETTERBOX_TOP_LEFT,
            is_rgb=False,
            std=(1.0, 1.0, 1.0),
            class_axis=2,
            box_channels=5,
        ),
        Family(
            "nanodet-plus",
            decode_nanodet,
            Fit.STRETCH,
            is_rgb=False,
            mean=_IMAGENET_RGB_MEAN[::-1],
            std=_IMAGENET_RGB_STD[::-1],
            class_axis=2,
            box_channels=NANODET_DISTANCES,
        ),
        Family(
            "picodet",
            decode_picodet,
            Fit.STRETCH,
            is_rgb=True,
            mean=_IMAGENET_RGB_MEAN,
            std=_IMAGENET_RGB_STD,
            class_axis=2,
        ),
        Family("deim", decode_deim, Fit.STRETCH, is_rgb=True, needs_nms=False),
    )
}


def family_of(network: Network, name: str | None, model_name: str) -> Family:
    """The family named in the manifest, or else the one the network's own shapes show.

    Raises UnknownFamily, listing what was seen and what is known.
    """
    if name is not None:
        if name not in FAMILIES:
            raise UnknownFamily(f"{model_name}: no family {name!r}; known: {', '.join(FAMILIES)}")
        return FAMILIES[name]
    for family_name, fits in _SIGNS.items():
        if fits(network):
            return FAMILIES[family_name]
    seen = "; ".join(
        [f"input {tensor}" for tensor in network.inputs]
        + [f"output {tensor}" for tensor in network.outputs]
    )
    raise UnknownFamily(
        f"{model_name}: its inputs and outputs fit no known family. Seen: {seen}. "
        f"Known: {', '.join(FAMILIES)}; the manifest can name one"
    )


def class_names_from_metadata(metadata: Mapping[str, str]) -> tuple[str, ...] | None:
    """The class list that Ultralytics writes into its exports, or None."""
    try:
        names = ast.literal_eval(metadata.get("names", ""))
    except (SyntaxError, ValueError):
        return None
    if isinstance(names, dict):
        names = [names[index] for index in sorted(names)]
    return tuple(str(name) for name in names) if isinstance(names, list) else None


def picture_size(network: Network) -> tuple[int, int] | None:
    """Width and height in px of the network's picture input, None where they are free."""
    for tensor in network.inputs:
        if len(tensor.shape) == 4:
            height_px, width_px = tensor.shape[2:]
            return None if height_px is None or width_px is None else (width_px, height_px)
    return None


def _is_deim(network: Network) -> bool:
    names = {tensor.name for tensor in network.outputs}
    return names >= {"labels", "boxes", "scores"} and any(
        tensor.name == SIZES_INPUT for tensor in network.inputs
    )


def _is_end_to_end(network: Network) -> bool:
    rows = _single_output(network)
    return (
        rows is not None and len(rows.shape) == 3 and rows.shape[2] == 6 and _has_no_grid(network)
    )


def _has_no_grid(network: Network) -> bool:
    """Whether the rows are not a YOLOX grid with one class, which also has 6 columns."""
    rows, size = network.outputs[0].shape[1], picture_size(network)
    return size is None or rows != grid_cells(size, YOLOX_STRIDES)


def _is_yolov8(network: Network) -> bool:
    rows, size = _single_output(network), picture_size(network)
    if rows is None or len(rows.shape) != 3:
        return False
    channels, cells = rows.shape[1:]
    if channels is None or channels < 5:
        return False
    if size is None or cells is None:  # a dynamic export: its metadata must speak
        return "names" in network.metadata and network.metadata.get("task", "detect") == "detect"
    return cells == grid_cells(size, YOLOX_STRIDES)


def _is_yolox(network: Network) -> bool:
    return _has_cells(_single_output(network), picture_size(network), YOLOX_STRIDES, 6)


def _is_nanodet(network: Network) -> bool:
    size = picture_size(network)
    if len(network.outputs) == 2:
        scores, distances = network.outputs
        return (
            _has_cells(scores, size, NANODET_STRIDES, 1)
            and distances.shape[-1] == NANODET_DISTANCES
        )
    return _has_cells(_single_output(network), size, NANODET_STRIDES, NANODET_DISTANCES + 1)


def _is_picodet(network: Network) -> bool:
    levels = len(NANODET_STRIDES)
    return len(network.outputs) == 2 * levels and all(
        tensor.shape[-1] == NANODET_DISTANCES for tensor in network.outputs[levels:]
    )


def _single_output(network: Network) -> TensorInfo | None:
    return network.outputs[0] if len(network.outputs) == 1 else None


def _has_cells(
    tensor: TensorInfo | None,
    size: tuple[int, int] | None,
    strides: Sequence[int],
    min_channels: int,
) -> bool:
    if tensor is None or size is None or len(tensor.shape) != 3:
        return False
    cells, channels = tensor.shape[1:]
    return cells == grid_cells(size, strides) and channels is not None and channels >= min_channels


_SIGNS: dict[str, Callable[[Network], bool]] = {
    "deim": _is_deim,
    "picodet": _is_picodet,
    "yolo-end-to-end": _is_end_to_end,
    "nanodet-plus": _is_nanodet,
    "yolox": _is_yolox,
    "yolov8": _is_yolov8,
}
