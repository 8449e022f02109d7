"""Making people unrecognisable in pictures that are shown or kept."""

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.boxes import clip_boxes
from vision.classes import Kind
from vision.coarsening import coarsen
from vision.tram.watch import TramResult

WITH_A_HEAD = (Kind.PERSON, Kind.TWO_WHEELER)
HEAD_SHARE = 0.3  # upper part of a standing person's box, with room for a careless box
BLOCKS = 3  # across a head: enough to see that somebody is there, not who


def masked(image: ImageArray, result: TramResult) -> ImageArray:
    """A copy of a tram's picture in which nobody can be recognised: heads found are coarse.

    Where nobody was looked for, as on a frozen picture or through a dirty lens, all of it is.
    """
    if result.is_blind:
        return coarsen(image)
    shown = image.copy()
    persons = [one.xyxy for one in result.obstacles if one.kind in WITH_A_HEAD]
    mask_heads(shown, np.array(persons, float).reshape(-1, 4))
    mask_heads(shown, _upright(result.tracks.xyxy))  # whoever is too far off to be an obstacle
    return shown


def mask_heads(image: ImageArray, xyxy: FloatArray) -> None:
    """Coarsen, in the picture itself, the head of each person with the (N, 4) boxes in px."""
    height_px, width_px = image.shape[:2]
    heads = clip_boxes(np.asarray(xyxy, np.float64).reshape(-1, 4), width_px, height_px)
    heads[:, 3] = heads[:, 1] + HEAD_SHARE * (heads[:, 3] - heads[:, 1])
    for left, top, right, bottom in np.round(heads).astype(int):
        head = image[top:bottom, left:right]
        if head.size:
            coarse = cv2.resize(head, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
            size = (head.shape[1], head.shape[0])
            head[:] = cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST)


def _upright(xyxy: FloatArray) -> FloatArray:
    """Those of the (N, 4) boxes that are taller than wide, as people are."""
    upright: FloatArray = xyxy[xyxy[:, 3] - xyxy[:, 1] > xyxy[:, 2] - xyxy[:, 0]]
    return upright
