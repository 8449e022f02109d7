"""One road user ahead: how far, how fast, and whether it is or will be in the way."""

from dataclasses import dataclass

from vision.classes import Kind


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One followed road user on the ground ahead of the tram."""

    track_id: int
    kind: Kind
    xyxy: tuple[float, float, float, float]
    """Left, top, right, bottom in px of the source picture."""
    confidence: float
    distance_m: float
    """From the tram's front along the track, filtered over time."""
    lateral_m: float
    """Its centre, to the right of the track axis."""
    closing_speed_mps: float
    """How fast the distance shrinks."""
    time_to_collision_s: float | None
    """None while the distance does not shrink."""
    in_envelope: bool
    """Whether it stands in the clearance envelope now."""
    enters_envelope_in_s: float | None
    """When its sideways motion takes it into the envelope; None when it does not."""
