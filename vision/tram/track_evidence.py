"""Where a network sees track in a picture, and what that says about the rails on the ground."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from models.errors import UnsuitableModel
from models.session import Network
from models.spec import ModelSpec
from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.frame import check_image
from vision.ground import GroundCamera, ground_to_image
from vision.tram.rail_evidence import CELL_M, HALF_STRIP_M, GroundStrip, RailEvidence

OWN, EVERY = 0, 1  # channels of the network's output


@dataclass(frozen=True, slots=True, eq=False)
class TrackMasks:
    """Which pixels of a picture show track: between and including its rails."""

    own: BoolArray  # (H, W)
    every: BoolArray  # (H, W)


@dataclass(frozen=True, slots=True, eq=False)
class SeenTrack:
    """How sure the network is of track, on a grid laid over the whole picture."""

    own: FloatArray  # (h, w) between 0 and 1
    every: FloatArray  # (h, w)

    def masks(self, size_px: tuple[int, int], confidence: float) -> TrackMasks:
        """The pixels of a picture of this width and height that are track."""
        own, every = (
            cv2.resize(grid, size_px, interpolation=cv2.INTER_LINEAR) >= confidence
            for grid in (self.own, self.every)
        )
        return TrackMasks(np.asarray(own), np.asarray(every))


def is_track_network(network: Network) -> bool:
    """Whether the one input is a batch of pictures (N, H, W, 3) uint8 and the output two grids."""
    if len(network.inputs) != 1 or network.inputs[0].dtype != "uint8":
        return False
    shape, out = network.inputs[0].shape, network.outputs[0].shape
    return len(shape) == 4 and shape[3] == 3 and len(out) == 4 and out[1] == 2


class TrackReader:
    """A network of pictures (N, H, W, 3) uint8 → (N, 2, h, w) as a function of one picture."""

    def __init__(self, network: Network, spec: ModelSpec) -> None:
        height_px, width_px = network.inputs[0].shape[1:3] if is_track_network(network) else (0, 0)
        if not height_px or not width_px:
            seen = ", ".join(str(tensor) for tensor in network.inputs)
            raise UnsuitableModel(
                f"{spec.name} is no track network: wanted one input (N, H, W, 3) uint8 of fixed "
                f"size and two grids out, got {seen}"
            )
        self.network = network
        self.spec = spec
        self.size_px = (width_px, height_px)
        self._input = network.inputs[0].name

    @property
    def confidence(self) -> float:
        """At or above which a place counts as track."""
        return self.spec.confidence

    def __call__(self, image: ImageArray) -> SeenTrack:
        """What the network sees in one (H, W, 3) picture; ValueError for another kind.

        It looks twice, once at the mirror image, and the mean counts: better on every part of what
        was held out of its training, by 0.01 to 0.03 of overlap.
        """
        check_image(image)
        is_larger = image.shape[1] > self.size_px[0] or image.shape[0] > self.size_px[1]
        way = cv2.INTER_AREA if is_larger else cv2.INTER_LINEAR
        shown = cv2.resize(image, self.size_px, interpolation=way)
        straight, mirrored = (
            self.network.run({self._input: np.ascontiguousarray(view)[None]})[0][0]
            for view in (shown, shown[:, ::-1])
        )
        grids = (straight + mirrored[..., ::-1]) / 2
        # training tells a cell by the upper left of its four pixels, a quarter of it above and
        # left of its middle; what is left of it the mirror image makes up for
        below = np.concatenate((grids[:, 1:], grids[:, -1:]), axis=1)
        grids = 0.75 * grids + 0.25 * below
        return SeenTrack(grids[OWN], grids[EVERY])


EDGE_M = 0.45  # over which sureness inside and outside of a rail is compared
GATE_M = 0.35  # rails within this of where the network sees own track count fully
DOUBTED_SHARE = 0.35  # of a line's evidence that counts where the network sees no own track
DOUBTED_TO_M, DOUBTED_REACH = 12.0, 0.7  # always so far, and of what the network sees own track to
SURE = 0.5  # from where on the network sees own track
EDGE_SHARE = 0.8  # what an edge of the network's own track counts beside a rail's ridge


class TrackStrip:
    """Brings what the network sees onto the ground strip on which rails are looked for."""

    def __init__(
        self, camera: GroundCamera, size_px: tuple[int, int], grid_px: tuple[int, int]
    ) -> None:
        self.forward_m = GroundStrip(camera, size_px).forward_m
        columns = 2 * round(HALF_STRIP_M / CELL_M) + 1
        lateral_m = (np.arange(columns) - columns // 2) * CELL_M
        ground = np.stack(np.meshgrid(self.forward_m, lateral_m, indexing="ij"), axis=-1)
        places = ground_to_image(camera, ground.reshape(-1, 2)).reshape(*ground.shape)
        places = (places + 0.5) * np.array(grid_px) / np.array(size_px) - 0.5
        self._map = np.nan_to_num(places, nan=-1e4).clip(-1e4, 1e4).astype(np.float32)

    def with_network(self, evidence: RailEvidence, seen: SeenTrack) -> RailEvidence:
        """The evidence of lines, doubted where the network sees no own track.

        Where it sees the edge of one and no line shows, that edge is evidence too.
        """
        sure = cv2.remap(seen.own, self._map[..., 0], self._map[..., 1], cv2.INTER_LINEAR)
        near = cv2.dilate(sure, np.ones((1, 2 * round(GATE_M / CELL_M) + 1), np.uint8))
        edges = np.abs(cv2.filter2D(sure, cv2.CV_32F, EDGE_KERNEL))
        doubt = (1 - DOUBTED_SHARE) * (1 - near) * self._is_judged(sure)[:, None]
        ridges = evidence.ridges * (1 - doubt)
        is_bare = np.abs(ridges) < EDGE_SHARE * edges
        ridges = np.where(is_bare, EDGE_SHARE * edges, ridges).astype(np.float32)
        return RailEvidence(evidence.forward_m, ridges)

    def _is_judged(self, sure: FloatArray) -> BoolArray:
        """(R,) rows near enough for the network to know better than a line that shows."""
        is_seen = sure.max(axis=1) >= SURE
        reach_m = float(self.forward_m[is_seen].max(initial=0.0))
        return np.asarray(self.forward_m <= max(DOUBTED_TO_M, DOUBTED_REACH * reach_m))


def _edge_kernel() -> FloatArray:
    """A row that answers to the edge of a wide bright area."""
    reach = round(EDGE_M / CELL_M)
    kernel = np.zeros((1, 2 * reach + 1), np.float32)
    kernel[0, :reach], kernel[0, reach + 1 :] = -1 / reach, 1 / reach
    return kernel


EDGE_KERNEL = _edge_kernel()


LOOK_EVERY = 5  # pictures that share a look of the network: track does not run away


class SeesTrack(Protocol):
    """Whatever tells where track is in one picture (H, W, 3)."""

    def __call__(self, image: ImageArray, /) -> SeenTrack:
        """How sure it is of track, on a grid laid over the picture."""
        ...


class RailSight:
    """Looks for rails in the pictures of one camera: lines, and a network's opinion on them."""

    def __init__(self, reader: SeesTrack | None = None, *, every: int = LOOK_EVERY) -> None:
        self._reader = reader
        self._every = every  # so many pictures share one look of the network
        self._strip: GroundStrip | None = None
        self._track_strip: TrackStrip | None = None
        self._key: tuple[GroundCamera, tuple[int, int]] | None = None
        self._seen: SeenTrack | None = None
        self._age = 0

    def __call__(self, camera: GroundCamera, image: ImageArray) -> RailEvidence:
        """The evidence of rails in one (H, W, 3) picture of this camera."""
        size_px = (image.shape[1], image.shape[0])
        if self._strip is None or self._key != (camera, size_px):
            self._strip, self._track_strip = GroundStrip(camera, size_px), None
            self._key, self._seen = (camera, size_px), None
        evidence = self._strip.evidence(image)
        if self._reader is None:
            return evidence
        if self._seen is None or self._age >= self._every:
            self._seen, self._age = self._reader(image), 0
        self._age += 1
        if self._track_strip is None:
            grid_px = (self._seen.own.shape[1], self._seen.own.shape[0])
            self._track_strip = TrackStrip(camera, size_px, grid_px)
        return self._track_strip.with_network(evidence, self._seen)
