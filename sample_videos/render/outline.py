"""What of a body is seen: its whole outline, hidden or not, beside the pixels that show it."""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render.pinhole import Pinhole

if TYPE_CHECKING:  # needs Blender
    from sample_videos.render.cast import Body

SUBPIXEL_BITS = 4
NEAR_M = 0.4
DRAWN_PX = 512  # across, at least: filling takes in the border's pixels, half of a small outline


def seen_bodies(
    bodies: "list[Body]", index: NDArray[np.uint8], view: Pinhole, time_s: float
) -> list[dict[str, Any]]:
    """One entry per body with any visible pixel: boxes, pixels shown, pixels of the whole."""
    counts = np.bincount(index.ravel(), minlength=256)
    out = []
    for body in bodies:
        shown = int(counts[body.index])
        if shown == 0:
            continue
        rows, columns = np.nonzero(index == body.index)
        whole = _whole(body, view, time_s)
        if whole is None:
            continue
        full_box, full_px = whole
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        out.append(
            {
                "id": body.body_id,
                "class": body.class_name,
                "actor": body.plan.actor_id,
                "xyxy": [int(v) for v in box],
                "full_xyxy": [round(float(v), 1) for v in full_box],
                "visible_px": shown,
                "visibility": round(min(1.0, shown / max(1.0, full_px)), 3),
            }
        )
    return out


def _whole(body: "Body", view: Pinhole, time_s: float) -> tuple[list[float], float] | None:
    """The box and the area of the outline as if nothing stood before it and nothing cut it."""
    pixels, depth = view.project(body.world_points(time_s))
    keep = (depth > NEAR_M)[body.triangles].all(axis=1)
    triangles = body.triangles[keep]
    if len(triangles) == 0:
        return None
    used = pixels[np.unique(triangles)]
    low, high = used.min(axis=0), used.max(axis=0)
    return [*low.tolist(), *high.tolist()], outline_px(pixels, triangles, view)


def outline_px(pixels: NDArray[np.float64], triangles: NDArray[np.int64], view: Pinhole) -> float:
    """The area in px of what triangles (T, 3) over corners (N, 2) cover together.

    Counted up to a picture's width and height beyond the edges of the picture.
    """
    used = pixels[np.unique(triangles)]
    reach = np.array([view.width_px, view.height_px], float)
    start = np.maximum(np.floor(used.min(axis=0)), -reach) - 1
    end = np.minimum(np.ceil(used.max(axis=0)), 2 * reach) + 1
    size = np.maximum(end - start, 1)
    larger = max(1, round(DRAWN_PX / size.max()))
    width, height = (size * larger).astype(int)
    canvas = np.zeros((height, width), np.uint8)
    corners = np.round(((pixels - start) * larger - 0.5) * (1 << SUBPIXEL_BITS))
    corners = np.nan_to_num(np.clip(corners, -2e6, 2e6)).astype(np.int32)
    for triangle in corners[triangles]:
        cv2.fillConvexPoly(canvas, triangle, 1, shift=SUBPIXEL_BITS)
    return float(canvas.sum()) / larger**2
