"""Persons, two-wheelers and animals cut out of training pictures, and set onto the tram line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.training.obstacles.classes import CLASSES
from models.training.obstacles.overlap import covered, iou
from models.training.obstacles.pictures import Picture

LEAST_HEIGHT_PX = 44
MOST_HEIGHT_PX = 160  # larger ones are kept at this size
MARGIN = 0.15  # of the box, seen around it as certain background
FILLED = (0.25, 0.85)  # share of the box that a believable outline fills
# On the tram line a standing person reaches from the horizon's row plus a share of its height;
# read off the labelled persons of the training part.
HORIZON = 0.64  # of the picture's height
SLOPE = 0.74  # px of height per px below the horizon
# Heights beside a standing person's, and width beside height of an outline that is whole.
HEIGHTS = {"person": (0.85, 1.35), "two_wheeler": (0.85, 1.35), "animal": (0.25, 0.8)}
ASPECTS = {"person": (0.25, 1.2), "two_wheeler": (0.25, 1.2), "animal": (0.4, 2.2)}


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """An object without its surroundings."""

    image: np.ndarray  # (H, W, 3) uint8 BGR
    alpha: np.ndarray  # (H, W) float32, 0..1
    class_id: int


def cut_out(image: np.ndarray, box: np.ndarray, class_id: int) -> Cutout | None:
    """The object in a box (4,) px, or None where its outline is not believable."""
    height = box[3] - box[1]
    margin = MARGIN * (box[2:] - box[:2])
    low = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
    high = np.minimum(np.ceil(box[2:] + margin), (image.shape[1], image.shape[0])).astype(int)
    crop = image[low[1] : high[1], low[0] : high[0]]
    scale = min(1.0, MOST_HEIGHT_PX / height)
    crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x0, y0 = ((box[:2] - low) * scale).astype(int)
    x1, y1 = ((box[2:] - low) * scale).astype(int)
    mask = np.zeros(crop.shape[:2], np.uint8)
    state = np.zeros((2, 1, 65), np.float64)
    cv2.setRNGSeed(7)
    rectangle = (int(x0), int(y0), int(max(x1 - x0, 1)), int(max(y1 - y0, 1)))
    cv2.grabCut(crop, mask, rectangle, state[0].copy(), state[1].copy(), 3, cv2.GC_INIT_WITH_RECT)
    solid = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))[y0:y1, x0:x1]
    if solid.size == 0 or not FILLED[0] < solid.mean() < FILLED[1]:
        return None
    touched = np.flatnonzero(solid.any(1))
    if touched[-1] - touched[0] < 0.85 * len(solid):
        return None
    alpha = cv2.GaussianBlur(solid.astype(np.float32), (3, 3), 0)
    return Cutout(crop[y0:y1, x0:x1].copy(), alpha, class_id)


def soft_patch(image: np.ndarray, box: np.ndarray, class_id: int) -> Cutout | None:
    """The box itself with edges that fade: for the dark, where outlines cannot be seen."""
    x0, y0, x1, y1 = box.round().astype(int).clip(0)
    crop = image[y0:y1, x0:x1]
    if min(crop.shape[:2]) < 8:
        return None
    rows = np.minimum(1, 6 * (0.5 - np.abs(np.linspace(-0.5, 0.5, crop.shape[0]))) + 0.1)
    columns = np.minimum(1, 4 * (0.5 - np.abs(np.linspace(-0.5, 0.5, crop.shape[1]))) + 0.1)
    return Cutout(crop.copy(), np.outer(rows, columns).astype(np.float32), class_id)


def gather_cutouts(pictures: Sequence[Picture]) -> tuple[list[Cutout], list[Cutout]]:
    """Clear outlines from all pictures, and soft patches from dark ones."""
    clear, dark = [], []
    wanted = [CLASSES.index(name) for name in HEIGHTS]
    for picture in pictures:
        rows = np.flatnonzero(np.isin(picture.class_id, wanted))
        if not len(rows):
            continue
        image = picture.read()
        for row in rows:
            box = picture.boxes[row]
            others = np.delete(picture.boxes, row, 0)
            if len(others) and iou(box[None], others).max() > 0.1:
                continue
            if picture.is_night:
                dark.append(soft_patch(image, box, int(picture.class_id[row])))
            elif is_clear(box, CLASSES[picture.class_id[row]], picture):
                clear.append(cut_out(image, box, int(picture.class_id[row])))
    return [c for c in clear if c is not None], [c for c in dark if c is not None]


def is_clear(box: np.ndarray, name: str, picture: Picture) -> bool:
    """Whether the whole object seems to be in view, and large enough to cut out."""
    width, height = box[2:] - box[:2]
    inside = (
        box[0] > 2 and box[1] > 2 and box[2] < picture.width - 2 and box[3] < picture.height - 2
    )
    narrowest, widest = ASPECTS[name]
    return bool(inside and height >= LEAST_HEIGHT_PX and narrowest < width / height < widest)


def place(
    image: np.ndarray, picture: Picture, cutouts: Sequence[Cutout], rng: np.random.Generator
) -> tuple[np.ndarray, Picture]:
    """Set the cutouts where their size fits the distance, free of the objects already there."""
    image = image.copy()
    boxes, kinds = list(picture.boxes), list(picture.class_id)
    for cutout in cutouts:
        height, width = image.shape[:2]
        reach = rng.uniform(0.0, 1.0) ** 2  # most of them far away
        bottom = height * (HORIZON + (1 - HORIZON) * (0.08 + 0.9 * reach))
        least, most = HEIGHTS[CLASSES[cutout.class_id]]
        tall = (SLOPE * (bottom - height * HORIZON) + 6) * rng.uniform(least, most)
        wide = tall * cutout.alpha.shape[1] / cutout.alpha.shape[0]
        left = rng.uniform(0, max(width - wide, 1))
        box = np.array((left, bottom - tall, left + wide, bottom)).round()
        if box[1] < 0 or wide < 3 or not is_free(box, boxes):
            continue
        blend(image, cutout, box.astype(int), rng)
        boxes.append(np.minimum(box, (width, height, width, height)).astype(np.float32))
        kinds.append(cutout.class_id)
    return image, replace(
        picture, boxes=np.array(boxes, np.float32).reshape(-1, 4), class_id=np.array(kinds, int)
    )


def is_free(box: np.ndarray, others: Sequence[np.ndarray]) -> bool:
    """Whether a box (4,) neither hides nor is hidden by the others."""
    if not others:
        return True
    there = np.array(others)
    return bool(covered(box[None], there).max() < 0.15 and covered(there, box[None]).max() < 0.15)


def blend(image: np.ndarray, cutout: Cutout, box: np.ndarray, rng: np.random.Generator) -> None:
    """Paint a cutout into a box (4,) of the picture, in the light that is there."""
    x0, y0, x1, y1 = box
    size = (x1 - x0, y1 - y0)
    colour = cv2.resize(cutout.image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA)[..., None]
    x1, y1 = min(x1, image.shape[1]), min(y1, image.shape[0])
    colour, alpha = colour[: y1 - y0, : x1 - x0], alpha[: y1 - y0, : x1 - x0]
    around = image[max(y0 - 10, 0) : y1 + 4, max(x0 - 15, 0) : x1 + 15].reshape(-1, 3)
    light = around.mean(0) + 6
    own = (colour * alpha).sum((0, 1)) / max(float(alpha.sum()), 1.0) + 6
    factor = light / own * rng.uniform(0.55, 1.5)
    grey = factor.mean()
    colour *= np.clip(0.5 * factor + 0.5 * grey, 0.05, 1.6)  # half of the light's colour
    part = image[y0:y1, x0:x1].astype(np.float32)
    image[y0:y1, x0:x1] = np.clip(colour * alpha + part * (1 - alpha), 0, 255).astype(np.uint8)
