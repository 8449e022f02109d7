"""A small lot and a short track drawn by hand, with eyes that see just what is drawn."""

from collections.abc import Collection, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.detections import Detections

WIDTH_PX, HEIGHT_PX = 320, 180
SPOTS = {
    "A1": [[20, 100], [80, 100], [80, 160], [20, 160]],
    "A2": [[90, 100], [150, 100], [150, 160], [90, 160]],
    "A3": [[160, 100], [220, 100], [220, 160], [160, 160]],
    "B1": [[230, 100], [290, 100], [290, 160], [230, 160]],
}
CAR_GREY = 235
MS = Fraction(1, 1000)

LOT_YAML = f"""\
site: yard
name: The yard
lots:
  - {{id: main, name: Main lot}}
  - {{id: back, name: Back lot}}
cameras:
  - id: north
    mission: parking
    source: yard.mp4
    settling: {{arrival_s: 1, departure_s: 1, valid_for_s: 60}}
    spots:
      - {{id: A1, lot: main, polygon: {SPOTS["A1"]}}}
      - {{id: A2, lot: main, polygon: {SPOTS["A2"]}}}
      - {{id: A3, lot: main, group: disabled, polygon: {SPOTS["A3"]}}}
      - {{id: B1, lot: back, polygon: {SPOTS["B1"]}}}
"""
TRAM_YAML = """\
site: line
name: The line
cameras:
  - id: cab
    mission: tram
    source: line.mp4
    tram:
      camera: {height_m: 2.4, pitch_deg: 4.0, focal_px: 280, principal_px: [160, 90]}
      speed_mps: 8.0
"""


def lot_picture(cars: Collection[str], seed: int = 0) -> ImageArray:
    """The lot with bright cars on the named spots; no two seeds give the same noise."""
    image = _ground(seed)
    for spot_id in cars:
        (left, top), _, (right, bottom), _ = SPOTS[spot_id]
        cv2.rectangle(image, (left + 4, top + 4), (right - 4, bottom - 4), (CAR_GREY,) * 3, -1)
    return image


def track_picture(obstacle_bottom_px: int | None, seed: int = 0) -> ImageArray:
    """The way ahead with a bright person on the rails whose feet are in that row."""
    image = _ground(seed)
    if obstacle_bottom_px is not None:
        height_px = max(8, (obstacle_bottom_px - 70) * 2 // 3)
        top_px = obstacle_bottom_px - height_px
        half_px = max(2, height_px // 6)
        box = (160 - half_px, top_px), (160 + half_px, obstacle_bottom_px)
        cv2.rectangle(image, *box, (CAR_GREY,) * 3, -1)
    return image


def write_clip(path: Path, pictures: Sequence[ImageArray], rate_hz: int = 10) -> Path:
    """The pictures as an MP4 file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate_hz, options={"preset": "ultrafast"})
        stream.width, stream.height = pictures[0].shape[1], pictures[0].shape[0]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = MS
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = index * 1000 // rate_hz, MS
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


class BrightSpots:
    """A spot classifier that takes bright spots for occupied."""

    def __call__(
        self,
        image: ImageArray,
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),  # noqa: ARG002
    ) -> FloatArray:
        probabilities = []
        for polygon in polygons:
            left, top = polygon.min(axis=0).astype(int)
            right, bottom = polygon.max(axis=0).astype(int)
            brightness = float(image[top:bottom, left:right].mean())
            probabilities.append(0.97 if brightness > 170 else 0.03)
        return np.array(probabilities)


class BrightPersons:
    """A detector that takes every bright blob for a person."""

    class_names = ("person",)

    def __call__(self, image: ImageArray) -> Detections:
        bright = (image.min(axis=2) > 215).astype(np.uint8)
        _, _, boxes, _ = cv2.connectedComponentsWithStats(bright)
        found = [
            (left, top, left + width, top + height)
            for left, top, width, height, area in boxes[1:]
            if area > 12
        ]
        return Detections(
            np.array(found, np.float32).reshape(-1, 4),
            np.full(len(found), 0.9, np.float32),
            np.zeros(len(found), np.int64),
        )


def _ground(seed: int) -> ImageArray:
    """Asphalt with markings and the noise of a camera."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 95, np.uint8)
    for x in range(0, WIDTH_PX, 20):
        cv2.line(image, (x, 0), (x, HEIGHT_PX), (125, 125, 125), 2)
    for y in range(0, HEIGHT_PX, 20):
        cv2.line(image, (0, y), (WIDTH_PX, y), (60, 60, 60), 2)
    noise = np.random.default_rng(seed).integers(-14, 15, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)
