"""What clients read: spots, lots, cameras and alerts as they travel in JSON."""

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Moment = Annotated[
    str,
    Field(
        description="ISO 8601 in UTC.",
        json_schema_extra={"format": "date-time"},
        examples=["2026-05-01T12:00:04.250Z"],
    ),
]
Confidence = Annotated[float, Field(ge=0, le=1, description="Probability that the state is true.")]


def example(record: dict[str, Any]) -> ConfigDict:
    """A frozen model whose schema shows this record."""
    return ConfigDict(frozen=True, json_schema_extra={"examples": [record]})


EventType = Literal[
    "spot.changed", "lot.changed", "camera.changed", "alert.changed", "violation.changed"
]


class Record(BaseModel):
    """A state with its times and trust; outdated ones are never served as if they were fresh."""

    model_config = ConfigDict(frozen=True)
    significant: ClassVar[tuple[str, ...]] = ()
    """Fields whose change is an event."""

    observed_at: Moment | None = Field(description="Last picture behind this state.")
    changed_at: Moment | None = Field(description="When the state last changed.")
    valid_until: Moment | None = Field(description="After this the state must not be trusted.")
    confidence: Confidence
    reason: str | None = Field(description="Why the state is unknown, partial or unavailable.")

    def is_same_state(self, other: "Record") -> bool:
        """Whether nothing changed that is worth an event."""
        return all(getattr(self, name) == getattr(other, name) for name in self.significant)


class VoteRecord(BaseModel):
    """What one camera says of a spot that several see."""

    model_config = ConfigDict(frozen=True)

    camera_id: str
    status: Literal["free", "occupied", "unknown", "closed"]
    reason: str | None
    confidence: Confidence
    weight: float = Field(ge=0, le=1, description="How well this camera sees the spot.")
    observed_at: Moment | None


class SpotRecord(Record):
    """One parking spot."""

    model_config = example(
        {
            "site_id": "lot-day",
            "lot_id": "main",
            "spot_id": "A4",
            "camera_id": "north",
            "group": "general",
            "status": "free",
            "reason": None,
            "confidence": 0.953,
            "observed_at": "2026-05-01T12:03:10.400Z",
            "changed_at": "2026-05-01T12:00:04.250Z",
            "valid_until": "2026-05-01T12:08:10.400Z",
            "polygon": [[192.9, 152.5], [250.7, 152.5], [262.9, 121.7], [215.3, 121.7]],
            "layout_version": 3,
            "model_version": "wayside_parking",
            "votes": [
                {
                    "camera_id": "north",
                    "status": "free",
                    "reason": None,
                    "confidence": 0.953,
                    "weight": 0.8,
                    "observed_at": "2026-05-01T12:03:10.400Z",
                }
            ],
            "level": "ground",
            "permits": [],
            "max_stay_min": 120.0,
            "lonlat": [-7.6192, 33.5945],
        }
    )
    significant = ("status", "reason", "lot_id", "group")

    site_id: str
    lot_id: str
    spot_id: str
    camera_id: str
    group: str
    status: Literal["free", "occupied", "unknown", "closed"]
    polygon: list[tuple[float, float]] = Field(
        description="Outline in px of the picture on which it was drawn; the camera's layout has"
        " it in px of the present one.",
        repr=False,
    )
    occupied_since: Moment | None = Field(
        default=None, description="Since when one vehicle has stood there, as far as seen."
    )
    layout_version: int | None = Field(default=None, description="Of the camera's layout.")
    model_version: str | None = Field(default=None, description="What told the state last.")
    votes: list[VoteRecord] | None = Field(
        default=None, description="Of every camera, where several see the spot."
    )
    level: str | None = Field(default=None, description="Floor of a car park.")
    permits: list[str] = Field(default=[], description="Any one of these is needed.")
    max_stay_min: float | None = None
    lonlat: tuple[float, float] | None = Field(
        default=None, description="Longitude and latitude of the spot's middle, WGS 84."
    )


class LotRecord(Record):
    """The spots of one lot, counted; a range where some are unknown."""

    model_config = example(
        {
            "site_id": "lot-day",
            "lot_id": "main",
            "name": "Main lot",
            "total": 50,
            "free_min": 41,
            "free_max": 44,
            "occupied": 6,
            "unknown": 3,
            "closed": 0,
            "text": "41–44 free",
            "reason": "spot_hidden",
            "confidence": 0.947,
            "observed_at": "2026-05-01T12:03:10.400Z",
            "changed_at": "2026-05-01T12:02:51.000Z",
            "valid_until": "2026-05-01T12:08:10.400Z",
        }
    )
    significant = ("total", "free_min", "free_max", "occupied", "unknown", "closed")

    site_id: str
    lot_id: str
    name: str
    total: int
    free_min: int = Field(description="Known to be free.")
    free_max: int = Field(description="Known to be free, or unknown.")
    occupied: int
    unknown: int
    closed: int
    text: str = Field(description="For people.", examples=["41–44 free"])


class NearestObstacle(BaseModel):
    """The obstacle that an alert is about."""

    model_config = ConfigDict(frozen=True)

    track_id: int
    kind: str
    distance_m: float = Field(description="From the tram's front along the track.")
    lateral_m: float = Field(description="Right of the track's middle.")
    closing_speed_mps: float
    time_to_collision_s: float | None
    in_envelope: bool
    enters_envelope_in_s: float | None
    confidence: Confidence
    distance_sigma_m: float | None = Field(
        default=None, description="One standard deviation, calibration included."
    )
    lateral_sigma_m: float | None = None
    closing_sigma_mps: float | None = None
    time_to_collision_sigma_s: float | None = None


class RunRecord(BaseModel):
    """How the tram itself runs."""

    model_config = ConfigDict(frozen=True)

    speed_mps: float
    speed_age_s: float = Field(
        ge=0, description="Since its source told it, when the picture was taken; carried on since."
    )
    is_estimated: bool = Field(description="Told by the picture alone.")
    along_m: float | None = Field(description="Place on the line; none where it is not known.")
    limit_mps: float | None = Field(description="Speed limit here.")
    next_limit_mps: float | None = Field(description="A lower limit that comes soon.")
    next_limit_in_m: float | None


class AlertRecord(Record):
    """What the driver's display of one tram shows."""

    model_config = example(
        {
            "site_id": "tram-crossing",
            "camera_id": "cab",
            "alert_id": 1777637589840,
            "level": "caution",
            "reason": None,
            "nearest": {
                "track_id": 17,
                "kind": "person",
                "distance_m": 33.4,
                "lateral_m": 0.6,
                "closing_speed_mps": 8.1,
                "time_to_collision_s": 4.12,
                "in_envelope": True,
                "enters_envelope_in_s": None,
                "confidence": 0.88,
            },
            "is_acknowledged": False,
            "overspeed": "hint",
            "run": {
                "speed_mps": 8.4,
                "speed_age_s": 0.12,
                "is_estimated": False,
                "along_m": 412.5,
                "limit_mps": 13.89,
                "next_limit_mps": 5.56,
                "next_limit_in_m": 31.2,
            },
            "is_silent": False,
            "confidence": 0.88,
            "observed_at": "2026-05-01T12:03:10.400Z",
            "changed_at": "2026-05-01T12:03:09.840Z",
            "valid_until": "2026-05-01T12:03:10.900Z",
        }
    )
    significant = ("level", "reason", "alert_id", "is_acknowledged", "is_escalated", "overspeed")

    site_id: str
    camera_id: str
    alert_id: int | None = Field(
        description="One number while an alert lives; the camera never gives it to another one,"
        " not after a restart either."
    )
    level: Literal["clear", "information", "caution", "alarm", "unavailable"]
    nearest: NearestObstacle | None
    is_acknowledged: bool
    is_escalated: bool = Field(
        default=False,
        description="A warning that has stood for long without acknowledgement; it is louder.",
    )
    overspeed: Literal["none", "hint", "caution"] = Field(
        default="none", description="What is said about the own speed."
    )
    run: RunRecord | None = Field(default=None, description="None while the speed is not known.")
    is_silent: bool = Field(
        default=False, description="Recorded only: the driver is shown nothing of it."
    )


class LiveAlertRecord(AlertRecord):
    """One message to a display: its alert, and what it takes to know that the line lives."""

    model_config = example(
        {
            **cast("dict[str, Any]", AlertRecord.model_config["json_schema_extra"])["examples"][0],
            "sequence": 271,
            "sent_at": "2026-05-01T12:03:10.431Z",
            "picture_age_s": 0.031,
        }
    )

    sequence: int = Field(description="1 for the first message of a stream, then always one more.")
    sent_at: Moment = Field(description="The service's time; one that stands still is a fault.")
    picture_age_s: float | None = Field(
        description="Age of the newest picture; none before the first."
    )


class CalibrationRecord(BaseModel):
    """What the rails say of a cab camera's pose, beside what its site file says."""

    model_config = ConfigDict(frozen=True)

    verdict: Literal["agrees", "differs", "wrong"] = Field(
        description="`differs`: distances are doubtful; `wrong`: the display is unavailable."
    )
    stated_pitch_deg: float
    pitch_deg: float
    pitch_sigma_deg: float = Field(description="One standard deviation, as the other one.")
    stated_height_m: float
    height_m: float
    height_sigma_m: float
    looks: int = Field(description="Straight runs that it was read from.")


class CameraRecord(Record):
    """One camera and how it is doing."""

    model_config = example(
        {
            "site_id": "lot-day",
            "camera_id": "north",
            "name": "North mast",
            "mission": "parking",
            "status": "lost",
            "reason": "rtsp://***@10.0.0.9/live does not answer",
            "confidence": 1.0,
            "observed_at": "2026-05-01T12:03:10.400Z",
            "changed_at": "2026-05-01T12:03:20.500Z",
            "valid_until": "2026-05-01T12:04:10.400Z",
            "source": "rtsp://***@10.0.0.9/live",
            "frame_id": 4711,
            "width_px": 1280,
            "height_px": 720,
            "frames": 4620,
            "dropped": 91,
            "damaged": 2,
            "reconnects": 1,
            "decoded": "key_frames",
            "key_frame_interval_s": 2.0,
            "stage_ms": {"wait": 1.2, "health": 0.7, "classify": 9.8, "publish": 0.3},
            "latency_ms": 14.1,
        }
    )
    significant = ("status", "reason")

    site_id: str
    camera_id: str
    name: str
    mission: Literal["parking", "tram"]
    status: Literal["starting", "live", "impaired", "stalled", "lost", "ended", "degraded"]
    source: str = Field(description="Where the pictures come from, without credentials.")
    frame_id: int | None
    width_px: int | None
    height_px: int | None
    frames: int = Field(description="Pictures looked at since the start.")
    dropped: int = Field(description="Pictures that a newer one replaced unseen.")
    damaged: int = Field(description="Pictures that could not be decoded.")
    reconnects: int
    decoded: Literal["key_frames", "every_picture"] = Field(
        default="every_picture",
        description="Key frames alone where the stream has them often enough, to spare power.",
    )
    key_frame_interval_s: float | None = Field(
        default=None,
        description="From one key frame of the stream to the next, or longer while the next one"
        " is awaited; none where the site file leaves no choice.",
    )
    stage_ms: dict[str, float] = Field(description="Time of the last picture by stage.")
    latency_ms: float | None = Field(description="Capture to published result, last picture.")
    calibration: CalibrationRecord | None = Field(
        default=None, description="Of a tram's camera, once straight runs have told it."
    )


class ViolationRecord(Record):
    """A vehicle that stands where, or for longer than, it may."""

    model_config = example(
        {
            "violation_id": 7,
            "site_id": "lot-day",
            "camera_id": "north",
            "lot_id": "main",
            "kind": "overstay",
            "subject": "A4",
            "began_at": "2026-05-01T14:00:04.250Z",
            "ended_at": None,
            "text": "a vehicle stands in spot A4 for longer than allowed",
            "reason": None,
            "confidence": 0.95,
            "observed_at": "2026-05-01T14:05:05.400Z",
            "changed_at": "2026-05-01T14:05:05.400Z",
            "valid_until": None,
        }
    )
    significant = ("began_at", "ended_at")

    violation_id: int
    site_id: str
    camera_id: str
    lot_id: str | None
    kind: Literal["overstay", "across_spots", "stopped_in_lane", "stopped_in_forbidden_area"]
    subject: str = Field(description="Spot, two spots as A1+A2, or zone.")
    began_at: Moment
    ended_at: Moment | None
    text: str = Field(description="For people.")


class SiteRecord(BaseModel):
    """One site and what it has."""

    model_config = example(
        {
            "site_id": "lot-day",
            "name": "A small lot by day",
            "lot_ids": ["main"],
            "camera_ids": ["north"],
            "spot_count": 50,
        }
    )

    site_id: str
    name: str
    lot_ids: list[str]
    camera_ids: list[str]
    spot_count: int


class EventRecord(BaseModel):
    """One change on the wire."""

    model_config = example(
        {
            "id": 1777636990400,
            "type": "spot.changed",
            "site_id": "lot-day",
            "camera_id": "north",
            "subject": "A4",
            "frame_id": 4711,
            "timestamp_ns": 1777636990400000000,
            "data": {"spot_id": "A4", "lot_id": "main", "status": "occupied", "reason": None},
        }
    )

    id: int
    type: EventType
    site_id: str
    camera_id: str
    subject: str = Field(description="Id of the spot, lot or camera that changed.")
    frame_id: int | None
    timestamp_ns: int = Field(description="Capture time of the picture behind the change.")
    data: dict[str, Any] = Field(description="The new state, as the same record in the API.")

    def json_line(self) -> str:
        """One line of JSON, the same bytes for the same event."""
        return self.once(EventRecord.model_dump_json)

    def once(self, make: Callable[["EventRecord"], T]) -> T:
        """What `make` makes of this event; made once, however many readers there are."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @cached_property
    def _made(self) -> dict[Any, Any]:
        return {}
