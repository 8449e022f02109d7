"""One picture with a few moments of every clip."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render.clips import CLIPS

Image = NDArray[np.uint8]

MOMENTS = (0.12, 0.45, 0.8)  # shares of a clip's length
TILE_PX = (200, 112)
LABEL_PX = 16
ROWS_ACROSS = 2
LARGEST_BYTES = 400 * 1024


def write_sheet(path: Path = CLIPS / "contact_sheet.jpg") -> None:
    """Write the sheet: a labelled row of moments per clip, two clips beside each other."""
    strips = [_strip(clip) for clip in sorted(CLIPS.glob("*.mp4"))]
    blank = np.full_like(strips[0], 255)
    strips += [blank] * (-len(strips) % ROWS_ACROSS)
    height = len(strips) // ROWS_ACROSS
    columns = [np.vstack(strips[i * height : (i + 1) * height]) for i in range(ROWS_ACROSS)]
    sheet = np.hstack(columns)
    for quality in range(88, 40, -4):
        is_written, coded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if is_written and len(coded) < LARGEST_BYTES:
            break
    path.write_bytes(coded.tobytes())


def _strip(clip: Path) -> Image:
    n_frames = json.loads(clip.with_suffix(".truth.json").read_text())["n_frames"]
    wanted = {int(share * n_frames) for share in MOMENTS}
    tiles = []
    with av.open(str(clip)) as media:
        for number, frame in enumerate(media.decode(video=0)):
            if number in wanted:
                image = frame.to_ndarray(format="bgr24")
                tiles.append(cv2.resize(image, TILE_PX, interpolation=cv2.INTER_AREA))
    row = cv2.copyMakeBorder(
        np.hstack(tiles), LABEL_PX, 4, 4, 4, cv2.BORDER_CONSTANT, value=[255] * 3
    )
    cv2.putText(
        row, clip.stem, (6, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA
    )
    return row
