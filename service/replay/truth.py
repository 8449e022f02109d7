"""What is true in every picture of a clip, as the renderer or a person wrote it down."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.errors import ClipError
from service.replay.timeline import Stretch, Timeline, clipped, joined
from service.shape_fault import shape_fault

HEALTHY = "ok"
Xyxy = tuple[float, float, float, float]


class _Part(BaseModel):
    """A part of the truth; keys that scoring has no use for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TrueState(_Part):
    """A state and when it holds."""

    from_s: float
    to_s: float
    state: str


class TrueViolation(_Part):
    """A vehicle that stands where, or for longer than, it may."""

    kind: str
    subject: str
    from_s: float = Field(description="From when on it is to be told.")
    to_s: float


class TrueBox(_Part):
    """One object in one picture."""

    id: str
    group: str
    xyxy: Xyxy
    visibility: float = 1.0
    distance_along_track_m: float | None = None
    lateral_m: float | None = None
    closing_speed_mps: float | None = None
    time_to_collision_s: float | None = None
    in_envelope: bool | None = None


class TrueFrame(_Part):
    """One picture."""

    t_s: float
    boxes: tuple[TrueBox, ...] = ()
    occupied: dict[str, bool] = Field(default_factory=dict, description="By spot id.")
    ego_speed_mps: float | None = None
    intended: str | None = Field(default=None, description="The level a good driver would want.")


class Truth(_Part):
    """A whole clip; the file's format is `wayside-truth/1`."""

    schema_name: Literal["wayside-truth/1"] = Field(alias="schema")
    clip: str
    mission: Literal["parking", "tram"]
    fps: float = Field(gt=0)
    camera_health: tuple[TrueState, ...] = ()
    violations: tuple[TrueViolation, ...] | None = Field(
        default=None, description="None where nobody wrote down whether there are any."
    )
    frames: tuple[TrueFrame, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _frames_fit_mission(self) -> Self:
        for number, frame in enumerate(self.frames):
            wanted = "occupied" if self.mission == "parking" else "intended"
            if not getattr(frame, wanted):
                raise ValueError(f"frames.{number}: {wanted} is missing")
            if frame.occupied.keys() != self.frames[0].occupied.keys():
                first, got = (", ".join(each.occupied) for each in (self.frames[0], frame))
                raise ValueError(f"frames.{number}: wanted spots {first} as in frames.0, got {got}")
        return self

    @property
    def end_s(self) -> float:
        """When the last picture ends."""
        return self.frames[-1].t_s + 1 / self.fps

    @property
    def spot_ids(self) -> tuple[str, ...]:
        """The spots whose occupancy is known."""
        return tuple(self.frames[0].occupied)

    def spot_timeline(self, spot_id: str) -> Timeline:
        """When the spot was free and when occupied."""
        return self._timeline(lambda frame: "occupied" if frame.occupied[spot_id] else "free")

    def alert_timeline(self) -> Timeline:
        """The level that a good driver would want, moment by moment."""
        return self._timeline(lambda frame: frame.intended or "clear")

    def health_timeline(self) -> Timeline:
        """When the picture could be trusted (`ok`), and else what was wrong with it."""
        if not self.camera_health:
            return (Stretch(0.0, self.end_s, HEALTHY),)
        return joined(Stretch(each.from_s, each.to_s, each.state) for each in self.camera_health)

    def frame_at(self, at_s: float) -> TrueFrame:
        """The picture shown at that moment."""
        number = round((at_s - self.frames[0].t_s) * self.fps)
        return self.frames[min(max(number, 0), len(self.frames) - 1)]

    def driven_m(self, until_s: float) -> float:
        """How far the tram went until then."""
        return sum((f.ego_speed_mps or 0.0) / self.fps for f in self.frames if f.t_s < until_s)

    def cut(self, from_s: float, to_s: float, clip: str) -> "Truth":
        """The truth of a part of the clip, with time counted from its start."""
        frames = tuple(
            frame.model_copy(update={"t_s": round(frame.t_s - from_s, 4)})
            for frame in self.frames
            if from_s - 0.5 / self.fps <= frame.t_s < to_s
        )
        health = tuple(
            TrueState(from_s=each.from_s, to_s=each.to_s, state=each.state)
            for each in clipped(self.health_timeline(), from_s, to_s)
        )
        cut = {"clip": clip, "frames": frames, "camera_health": health, "violations": None}
        return self.model_copy(update=cut)

    def _timeline(self, state_of: Callable[[TrueFrame], str]) -> Timeline:
        ends = [*(frame.t_s for frame in self.frames[1:]), self.end_s]
        return joined(
            Stretch(frame.t_s, to_s, state_of(frame))
            for frame, to_s in zip(self.frames, ends, strict=True)
        )


def read_truth(path: Path) -> Truth:
    """The truth in the file; raises ClipError that says what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ClipError(f"cannot read the truth {path}: {reason}") from error
    try:
        return Truth.model_validate_json(text)
    except ValidationError as error:
        raise ClipError(f"{path}: {shape_fault(error)}") from None


def write_truth(path: Path, truth: Truth) -> None:
    """Write it as `read_truth` reads it."""
    path.write_text(truth.model_dump_json(by_alias=True, exclude_none=True) + "\n", "utf-8")
