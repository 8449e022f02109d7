"""A network that tells from one picture where something stands on the bed of the own track."""

from typing import Protocol

import numpy as np

from models.errors import UnsuitableModel
from models.session import Network
from models.spec import ModelSpec
from vision.arrays import FloatArray, ImageArray
from vision.tram.bed_parallax import FOOT_ASIDE_M
from vision.tram.bed_strip import ALONG_M, CELL_M, COLUMNS, FINER, HALF_WIDTH_M, ROWS, BedStrip

STRIP_SHAPE = (FINER * ROWS, FINER * COLUMNS, 3)
FEET_SHAPE = (ROWS, len(FOOT_ASIDE_M))
FOOT_COLUMNS = [round((aside_m + HALF_WIDTH_M) / CELL_M) for aside_m in FOOT_ASIDE_M]
"""Of the strip, at the places of a foot."""
FREE, UNSURE, SURE = 0.05, 0.3, 0.8  # confidences of a free bed, of something, and of it for sure
FREE_RISE = -0.3  # of way, that a place looks like ground which looks free
ABOUT, BESIDE_M = 0.25, 1.0  # of the logarithm of the distance, and aside: still the same thing
LEAST_SEEN = 1.0  # cells surely taken, from which on they tell a place
NEAREST_SHARE = 0.2  # of them, that lie before what is told: a thing may lie aslant
MARGIN_SHARE = 0.15  # of the size of a named box, beside it


class ReadsBed(Protocol):
    """Whatever tells from a strip of bed (FINER R, FINER C, 3) where something stands."""

    def __call__(self, shown: ImageArray, /) -> FloatArray:
        """(R, N) how sure, from 0 to 1, that a foot is at ALONG_M and FOOT_ASIDE_M."""
        ...


def rise_read(confidence: FloatArray, strip: BedStrip, named_xyxy: FloatArray) -> FloatArray:
    """(R, N) how much each place looks upright to a network, as in Parallax.

    `confidence` (R, N) is what it says; behind (M, 4) boxes of surely named things nothing is
    told: they move, and speak for themselves.
    """
    rise = np.interp(confidence, (FREE, UNSURE, SURE), (FREE_RISE, 0.0, 1.0))
    rise[~strip.is_seen[:, FOOT_COLUMNS]] = 0.0
    x, y = np.moveaxis(strip.places_px[:, FOOT_COLUMNS], -1, 0)
    for left, top, right, bottom in named_xyxy:
        wide, tall = MARGIN_SHARE * (right - left), MARGIN_SHARE * (bottom - top)
        is_behind = (x > left - wide) & (x < right + wide) & (y > top) & (y < bottom + tall)
        rise[is_behind] = 0.0
    return rise


def foot_read(rise: FloatArray, ahead_m: float, aside_m: float) -> float | None:
    """How far along the track the foot is of what a network sees (R, N) about this place, in m."""
    is_near = np.abs(np.log(ALONG_M / ahead_m)) < ABOUT
    is_beside = np.abs(FOOT_ASIDE_M - aside_m) <= BESIDE_M
    seen = np.where(is_near[:, None] & is_beside, np.maximum(rise, 0.0), 0.0).sum(axis=1)
    if seen.sum() < LEAST_SEEN:
        return None
    share = np.cumsum(seen) / seen.sum()
    return float(np.exp(np.interp(NEAREST_SHARE, share, np.log(ALONG_M))))


class BedReader:
    """A network of strips (N, FINER R, FINER C, 3) uint8 → (N, R, feet)."""

    def __init__(self, network: Network, spec: ModelSpec) -> None:
        inputs, out = network.inputs, network.outputs[0].shape
        is_fit = (
            len(inputs) == 1
            and inputs[0].dtype == "uint8"
            and tuple(inputs[0].shape[1:]) == STRIP_SHAPE
            and tuple(out[1:]) == FEET_SHAPE
        )
        if not is_fit:
            seen = ", ".join(str(tensor) for tensor in (*inputs, network.outputs[0]))
            raise UnsuitableModel(
                f"{spec.name} is no bed network: wanted one input (N, {STRIP_SHAPE[0]}, "
                f"{STRIP_SHAPE[1]}, 3) uint8 and one output (N, {FEET_SHAPE[0]}, "
                f"{FEET_SHAPE[1]}), got {seen}"
            )
        self.spec = spec
        self._network = network
        self._input = inputs[0].name

    def __call__(self, shown: ImageArray) -> FloatArray:
        """Where the network sees something stand on one strip."""
        feet: FloatArray = self._network.run({self._input: shown[None]})[0][0]
        return feet
