"""The vehicles ahead, followed by points on them: how fast each of them grows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vision.arrays import FloatArray, ImageArray
from vision.tram.growth import FollowedPoints, Growth, first_points, growth_of, next_points


@dataclass(frozen=True, slots=True, eq=False)
class AheadView:
    """The last picture that showed vehicles ahead, and the points on them."""

    image: ImageArray | None = None
    """None before the first."""
    points: Mapping[int, FollowedPoints] = field(default_factory=dict)
    """By track id."""

    def growths(self) -> dict[int, Growth]:
        """By track id, of the vehicles that were followed well enough."""
        found = {track_id: growth_of(points) for track_id, points in self.points.items()}
        return {track_id: growth for track_id, growth in found.items() if growth is not None}


def next_ahead_view(
    view: AheadView, image: ImageArray, vehicles: Mapping[int, FloatArray], now_ns: int
) -> AheadView:
    """With one more (H, W, 3) picture and the boxes (4,) px in it by track id."""
    followed = {}
    for track_id, box in vehicles.items():
        known = view.points.get(track_id)
        if known is None or view.image is None:
            followed[track_id] = first_points(image, box, now_ns)
        else:
            followed[track_id] = next_points(known, view.image, image, box, now_ns)
    return AheadView(image, followed)
