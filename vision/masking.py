"""Making people unrecognisable in pictures that are shown or kept."""

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.boxes import clip_boxes

HEAD_SHARE = 0.3  # upper part of a standing person's box, with room for a careless box
BLOCKS = 3  # across a head: enough to see that somebody is there, not who


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
