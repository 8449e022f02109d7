"""Truths and runs told in a few words: who was where from when to when, and what was said."""

from collections.abc import Mapping, Sequence

from service.live.records import EventRecord
from service.replay.recorded_run import RecordedRun, SeenObstacle, Sighting
from service.replay.truth import Truth
from vision.frame import NS_PER_S

FPS = 5
Said = Sequence[tuple[float, str] | tuple[float, str, str]]
"""Second, state and perhaps reason, in order of time."""


def parking_truth(
    occupied: Mapping[str, Sequence[tuple[float, float]]],
    length_s: float = 20,
    health: Sequence[tuple[float, float, str]] = (),
) -> Truth:
    """A lot in which cars stand on spots between two seconds."""
    frames = [
        {
            "t_s": number / FPS,
            "occupied": {
                spot_id: any(a <= number / FPS < b for a, b in stays)
                for spot_id, stays in occupied.items()
            },
        }
        for number in range(round(length_s * FPS))
    ]
    return _truth("parking", frames, health)


def tram_truth(
    intended: Sequence[tuple[float, float, str]],
    length_s: float = 20,
    health: Sequence[tuple[float, float, str]] = (),
    speed_mps: float = 10,
) -> Truth:
    """A ride on which a good driver wants these levels, and a person stands 100 m ahead."""
    frames = []
    for number in range(round(length_s * FPS)):
        at_s = number / FPS
        level = next((state for a, b, state in intended if a <= at_s < b), "clear")
        distance_m = 100 - speed_mps * at_s
        box = {
            "id": "walker",
            "group": "person",
            "xyxy": [300, 150, 320, 200],
            "distance_along_track_m": distance_m,
            "lateral_m": 0.0,
            "closing_speed_mps": speed_mps,
            "time_to_collision_s": distance_m / speed_mps,
            "in_envelope": True,
        }
        frames.append(
            {
                "t_s": at_s,
                "intended": level,
                "ego_speed_mps": speed_mps,
                "boxes": [box] if distance_m > 0 else [],
            }
        )
    return _truth("tram", frames, health)


def parking_run(said: Mapping[str, Said], length_s: float = 20) -> RecordedRun:
    """A run that said these states of these spots."""
    events = [_event("spot", spot_id, *each) for spot_id, states in said.items() for each in states]
    return RecordedRun(duration_s=length_s, spot_ids=tuple(said), events=_in_order(events))


def tram_run(said: Said, length_s: float = 20, seen_m: float | None = None) -> RecordedRun:
    """A run whose display showed these levels; `seen_m` is added to the walker's distance."""
    sightings = []
    if seen_m is not None:
        for number in range(round(length_s * FPS)):
            true_m = 100 - 10 * number / FPS
            if true_m > 0:
                obstacle = SeenObstacle(
                    track_id=1,
                    kind="person",
                    xyxy=(300, 150, 320, 200),
                    confidence=0.9,
                    distance_m=true_m + seen_m,
                    lateral_m=0.0,
                    closing_speed_mps=10,
                    time_to_collision_s=(true_m + seen_m) / 10,
                    in_envelope=True,
                )
                sightings.append(Sighting(t_s=number / FPS, obstacles=(obstacle,)))
    return RecordedRun(
        duration_s=length_s,
        events=_in_order([_event("alert", "cab", *each) for each in said]),
        sightings=tuple(sightings),
    )


def _truth(mission: str, frames: list[dict], health: Sequence[tuple[float, float, str]]) -> Truth:
    spans = [{"from_s": a, "to_s": b, "state": state} for a, b, state in health]
    return Truth.model_validate(
        {
            "schema": "wayside-truth/1",
            "clip": "story.mp4",
            "mission": mission,
            "fps": FPS,
            "camera_health": spans,
            "frames": frames,
        }
    )


def _event(
    kind: str, subject: str, at_s: float, state: str, reason: str | None = None
) -> EventRecord:
    field = "status" if kind == "spot" else "level"
    return EventRecord.model_validate(
        {
            "id": 1,
            "type": f"{kind}.changed",
            "site_id": "story",
            "camera_id": "cab" if kind == "alert" else "north",
            "subject": subject,
            "frame_id": 0,
            "timestamp_ns": round(at_s * NS_PER_S),
            "data": {field: state, "reason": reason},
        }
    )


def _in_order(events: list[EventRecord]) -> tuple[EventRecord, ...]:
    return tuple(sorted(events, key=lambda event: event.timestamp_ns))
