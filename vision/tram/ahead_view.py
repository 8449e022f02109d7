"""The vehicles ahead in two pictures, one after the other: how fast each of them grows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame
from vision.tracks import Tracks
from vision.tram.growth import Growth, growth_of

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class AheadView:
    """The last picture and where it showed the vehicles ahead."""

    timestamp_ns: int = 0
    image: ImageArray | None = None
    """None when it showed none."""
    xyxy: Mapping[int, FloatArray] = field(default_factory=dict)
    """(4,) px by track id."""


def ahead_view(frame: Frame, vehicles: Tracks) -> AheadView:
    """A picture and the vehicles that are followed in it."""
    boxes = {int(row): box for row, box in zip(vehicles.track_id, vehicles.xyxy, strict=True)}
    return AheadView(frame.timestamp_ns, frame.image if boxes else None, boxes)


def growths(before: AheadView, now: AheadView) -> dict[int, Growth]:
    """By track id, of the vehicles that both pictures show well enough."""
    if before.image is None or now.image is None or before.image.shape != now.image.shape:
        return {}
    step_s = (now.timestamp_ns - before.timestamp_ns) / NS_PER_S
    found = {
        track_id: growth_of(before.image, now.image, before.xyxy[track_id], box, step_s)
        for track_id, box in now.xyxy.items()
        if track_id in before.xyxy
    }
    return {track_id: growth for track_id, growth in found.items() if growth is not None}
