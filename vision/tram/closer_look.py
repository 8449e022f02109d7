"""A second, closer look along the track: what is small and far is shown larger to the detector."""

from dataclasses import dataclass

import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.detections import Detections
from vision.detector import ObjectDetector
from vision.ground import GroundCamera, ground_to_image
from vision.tram.centre_line import CentreLine

LOOKED_AT_M = 40.0  # along the track: the middle of what is looked at
SIZE_SHARE = 0.5  # of the picture's width and height
ABOVE_SHARE = 0.55  # of the part, above the track at that distance
BORDER_PX = 2.0  # what the part's border cuts is left to the whole picture


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture, in px."""

    left: int
    top: int
    right: int
    bottom: int

    def shows(self, xyxy: FloatArray) -> BoolArray:
        """(N,) whether each box (N, 4) lies inside and is not cut by the border."""
        within: BoolArray = (
            (xyxy[:, 0] > self.left + BORDER_PX)
            & (xyxy[:, 1] > self.top + BORDER_PX)
            & (xyxy[:, 2] < self.right - BORDER_PX)
            & (xyxy[:, 3] < self.bottom - BORDER_PX)
        )
        return within


def part_along(camera: GroundCamera, line: CentreLine, size_px: tuple[int, int]) -> Part:
    """The part of a picture of this width and height about the track ahead."""
    width_px, height_px = size_px
    place = ground_to_image(camera, line.to_vehicle(np.array([[LOOKED_AT_M, 0.0]])))[0]
    middle = np.where(np.isfinite(place), place, [width_px / 2, camera.horizon_px])
    wide, tall = round(SIZE_SHARE * width_px), round(SIZE_SHARE * height_px)
    left = int(np.clip(round(middle[0] - wide / 2), 0, width_px - wide))
    top = int(np.clip(round(middle[1] - ABOVE_SHARE * tall), 0, height_px - tall))
    return Part(left, top, left + wide, top + tall)


def detections_in(detector: ObjectDetector, image: ImageArray, part: Part) -> Detections:
    """What the detector finds in the part of a (H, W, 3) picture, in px of the whole."""
    found = detector(np.ascontiguousarray(image[part.top : part.bottom, part.left : part.right]))
    offset = np.array([part.left, part.top, part.left, part.top], np.float32)
    xyxy = found.xyxy + offset
    return Detections(xyxy, found.confidence, found.class_id)[part.shows(xyxy)]
