"""Pictures of chosen moments of a clip, each with the result it gave."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2

from service.cameras.mission import annotate
from service.live.camera_state import Result
from service.replay.clip_run import ClipRun
from service.timestamps import NS_PER_S
from streams.source import open_source
from vision.arrays import ImageArray
from vision.frame import Frame

JPEG_QUALITY = 80
WIDEST_PX = 640


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture and what was made of it."""

    frame: Frame
    result: Result

    @property
    def at_s(self) -> float:
        """Its second of the clip."""
        return self.frame.timestamp_ns / NS_PER_S


def shots(done: ClipRun, from_s: float = 0.0, to_s: float = float("inf")) -> Iterator[Shot]:
    """The pictures from one second to another, decoded anew; `done` must have kept its results."""
    mode = done.camera.frames.decoded_whole
    with open_source(done.clip, done.camera.camera_id, mode=mode) as source:
        for frame, result in zip(source, done.results, strict=False):
            if frame.timestamp_ns > to_s * NS_PER_S:
                return
            if frame.timestamp_ns >= from_s * NS_PER_S:
                yield Shot(frame, result)


def shots_at(done: ClipRun, moments_s: Iterable[float]) -> dict[float, Shot]:
    """For each moment the first picture that is not before it; the last one where none is."""
    waiting = sorted(set(moments_s))
    found: dict[float, Shot] = {}
    last: Shot | None = None
    if not waiting:
        return found
    for shot in shots(done):
        last = shot
        while waiting and shot.frame.timestamp_ns >= round(waiting[0] * NS_PER_S):
            found[waiting.pop(0)] = shot
        if not waiting:
            return found
    return {**found, **dict.fromkeys(waiting, last)} if last is not None else found


def drawn(done: ClipRun, shot: Shot) -> ImageArray:
    """The picture with its result drawn in."""
    return annotate(done.camera, shot.frame.image, shot.result)


def jpeg(image: ImageArray) -> bytes:
    """A small JPEG file of the picture."""
    height_px, width_px = image.shape[:2]
    if width_px > WIDEST_PX:
        size = (WIDEST_PX, round(height_px * WIDEST_PX / width_px))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(image.dtype)
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()
