"""The shape of a site file, checked by pydantic: what may stand in it and what it means."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, field_validator, model_validator

from service.publish.blocks import PublishBlock
from service.site.audit_block import AuditBlock
from service.site.block import (
    Block,
    Id,
    NotNegative,
    Number,
    PictureSide,
    Pixel,
    Positive,
    Share,
)
from service.site.ground_map import LonLat, MapBlock
from service.site.limits_block import LimitsBlock
from service.site.retention import RetentionBlock
from service.site.ring_block import RingBlock
from service.site.speed_block import ConstantSpeedBlock, CsvSpeedBlock, SpeedBlock
from service.site.spot_terms import SpotTermsBlock
from service.site.time_zone import TimeZone
from streams.mode import FrameMode
from vision.parking.layout import Layout, Spot, Zone, ZoneKind
from vision.polygons import polygon_fault
from vision.tram.alert_settings import AlertSettings
from vision.tram.braking import BOSTRAB_KMH_MPS2

KEY_FRAMES_WITHIN_S = 2.0
"""A change takes 4 s to be believed, and more than one look: key frames so often are enough."""
AUTO_RATE_HZ = 5.0
TOO_FEW_HZ = 2.0  # of a tram's pictures: each would be too old before the next one comes
USUAL_ALERT = AlertSettings()
GROUPS = ("general", "disabled", "electric", "taxi", "residents", "deliveries")
"""Kinds of spots that the pages have words for; a site may name others."""


class LotBlock(Block):
    """One car park; its spots may be seen by several cameras."""

    id: Id
    name: str = Field(default="", description="For people; the id when left out.")
    lonlat: LonLat | None = Field(
        default=None,
        description="Longitude and latitude in degrees, WGS 84; the middle of its spots when left"
        " out and a camera has a map.",
        examples=[[-7.6192, 33.5945]],
    )


def _proper_outline(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    fault = polygon_fault(np.asarray(corners, np.float64).reshape(-1, 2))
    if fault:
        raise ValueError(fault)
    return corners


Outline = Annotated[
    list[tuple[Pixel, Pixel]],
    AfterValidator(_proper_outline),
    Field(
        description="Corners as [x, y], 3 or more, in order.",
        examples=[[[10, 20], [60, 20], [60, 90], [10, 90]]],
    ),
]


class SpotBlock(SpotTermsBlock):
    """One parking spot as its outline on the ground, in px of the source picture."""

    id: Id
    lot: Id
    group: Id = Field(
        default="general",
        description=f"Kind of place: {', '.join(GROUPS)}, …",
    )
    polygon: Outline
    closed: bool = Field(default=False, description="Taken out of service by the operator.")


class ZoneBlock(Block):
    """Ground on which nobody may stop, as its outline in px of the source picture."""

    id: Id
    kind: ZoneKind = Field(description="A lane, or ground where stopping is forbidden.")
    polygon: Outline
    max_stop_s: Positive = Field(
        default=60.0, description="A vehicle that stands longer is told as a violation."
    )


class OutlinesBlock(Block):
    """Outlines in px, and on how large a picture they were drawn."""

    width_px: PictureSide | None = Field(
        default=None,
        description="Width of the picture on which the outlines were drawn; with it and height_px"
        " they fit larger and smaller pictures of the same shape, and others are refused.",
    )
    height_px: PictureSide | None = Field(default=None, description="Its height.")
    spots: list[SpotBlock] = Field(min_length=1)
    zones: list[ZoneBlock] = Field(default=[])

    @model_validator(mode="after")
    def _both_sides(self) -> Self:
        if (self.width_px is None) != (self.height_px is None):
            raise ValueError("width_px and height_px go together, one is missing")
        return self

    def layout(self, camera_id: str, version: int) -> Layout:
        """As the core works with it; raises LayoutError where a spot is given twice."""
        drawn_px = None
        if self.width_px is not None and self.height_px is not None:
            drawn_px = (self.width_px, self.height_px)
        return Layout(
            camera_id,
            version,
            tuple(
                Spot(
                    each.id,
                    each.lot,
                    each.group,
                    np.asarray(each.polygon, np.float32),
                    each.closed,
                )
                for each in self.spots
            ),
            tuple(
                Zone(each.id, each.kind, np.asarray(each.polygon, np.float32), each.max_stop_s)
                for each in self.zones
            ),
            drawn_px,
        )


class FramesBlock(Block):
    """Which pictures of the source are looked at."""

    mode: Literal["every", "keyframes", "limit", "auto"] = "every"
    per_second: Positive | None = Field(
        default=None, description="At most so many; for limit, keyframes, auto (5 by default)."
    )

    @model_validator(mode="after")
    def _limit_has_rate(self) -> Self:
        if self.mode == "limit" and self.per_second is None:
            raise ValueError("mode limit wants per_second, which is missing")
        if self.mode == "every" and self.per_second is not None:
            raise ValueError("per_second goes with mode auto, limit or keyframes, not with every")
        return self

    def frame_mode(self) -> FrameMode:
        """As the reader works with it."""
        if self.mode == "auto":
            rate_hz = self.per_second or AUTO_RATE_HZ
            within_s = max(KEY_FRAMES_WITHIN_S, 1 / rate_hz)
            return FrameMode(max_rate_hz=rate_hz, key_frames_within_s=within_s)
        return FrameMode(self.mode == "keyframes", self.per_second)


class ParkingFramesBlock(FramesBlock):
    """The same for parking, where key frames alone may do."""

    mode: Literal["every", "keyframes", "limit", "auto"] = Field(
        default="auto",
        description="auto: key frames alone while the stream has one every 2 s or oftener, else"
        " every picture is decoded.",
    )


class SettlingBlock(Block):
    """How long a change must last before it is believed."""

    arrival_s: Positive = 4.0
    departure_s: Positive = 4.0
    valid_for_s: Positive = Field(
        default=300.0, description="A state not seen again for this is stale."
    )
    hidden_hold_s: Positive = Field(
        default=20.0, description="A state stands this long while something hides the spot."
    )


class GroundCameraBlock(Block):
    """Where the camera stands over the track and where it looks."""

    height_m: Positive = Field(description="Lens above the top of the rails.")
    pitch_deg: float = Field(gt=-45, lt=90, description="Positive looks down.")
    focal_px: Positive
    principal_px: tuple[NotNegative, NotNegative]
    lateral_offset_m: Number = Field(default=0.0, description="Lens right of the track's middle.")
    yaw_deg: float = Field(default=0.0, gt=-60, lt=60, description="Positive looks to the right.")


class AlertBlock(Block):
    """When the driver is warned; what is left out keeps its default."""

    stop_margin_m: NotNegative = USUAL_ALERT.stop_margin_m
    alarm_ttc_s: Positive = USUAL_ALERT.alarm_ttc_s
    caution_ttc_s: Positive = USUAL_ALERT.caution_ttc_s
    information_ttc_s: Positive = USUAL_ALERT.information_ttc_s
    entry_horizon_s: NotNegative = USUAL_ALERT.entry_horizon_s
    hold_s: NotNegative = USUAL_ALERT.hold_s
    escalate_s: Positive = Field(
        default=USUAL_ALERT.escalate_s,
        description="After so long without an answer a warning grows louder.",
    )
    cautions_per_hour: int = Field(
        default=USUAL_ALERT.cautions_per_hour,
        ge=1,
        description="Beyond it, cautions are shown as information; an alarm never is.",
    )

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        self.settings(USUAL_ALERT.reaction_s)
        return self

    def settings(self, reaction_s: float) -> AlertSettings:
        """As the core works with it; raises SettingError."""
        return AlertSettings(reaction_s=reaction_s, **self.model_dump())


class TramBlock(Block):
    """What is known about the tram and its camera."""

    camera: GroundCameraBlock
    gauge_m: Positive = 1.435
    vehicle_width_m: Positive = 2.65
    margin_m: NotNegative = 0.3
    front_offset_m: NotNegative = Field(
        default=0.0, description="From the lens forward to the bumper."
    )
    speed: SpeedBlock | None = Field(
        default=None,
        description="Where the own speed comes from; speed_mps and speed_csv are short for two.",
    )
    speed_mps: NotNegative | None = Field(default=None, description="A constant own speed.")
    speed_csv: str | None = Field(default=None, description="File with columns t_s,speed_mps.")
    braking: list[tuple[Positive, Positive]] = Field(
        default=list(BOSTRAB_KMH_MPS2),
        min_length=1,
        description="Pairs of speed in km/h and deceleration in m/s²; default BOStrab annex 2.",
    )
    limits: LimitsBlock | None = Field(
        default=None, description="Speed limits of the line; without them none is watched."
    )
    silent: bool = Field(
        default=False, description="All runs and is recorded, nothing is shown to the driver."
    )
    ring: RingBlock | None = Field(
        default=None, description="Keeps masked pictures around alerts; without it none are kept."
    )
    track_model: str | None = Field(
        default=None,
        description="A network that helps to find the rails, as wayside-track; none by default.",
    )
    closer_look_every_s: Number = Field(
        default=0.4,
        ge=0,
        description="How often people far ahead are looked for more closely, in seconds; in place"
        " of a look at the whole picture where pictures come often, else beside it; at most in"
        " every second picture; 0 for never.",
    )
    unknown_objects: bool = Field(
        default=True,
        description="The bed of the track is looked at for things that no class names; on or off.",
    )
    reaction_s: NotNegative = 1.5
    alert: AlertBlock = AlertBlock()

    @field_validator("braking")
    @classmethod
    def _speeds_rise(cls, pairs: list[tuple[float, float]]) -> list[tuple[float, float]]:
        speeds = [speed for speed, _ in pairs]
        if sorted(set(speeds)) != speeds:
            raise ValueError(f"speeds must rise, got {speeds}")
        return pairs

    @model_validator(mode="after")
    def _one_speed(self) -> Self:
        names = ("speed", "speed_mps", "speed_csv")
        named = [name for name in names if getattr(self, name) is not None]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)} exclude each other")
        return self

    def own_speed(self) -> SpeedBlock | None:
        """Where the own speed comes from, however it was said."""
        if self.speed_mps is not None:
            return ConstantSpeedBlock(source="constant", mps=self.speed_mps)
        if self.speed_csv is not None:
            return CsvSpeedBlock(source="csv", file=self.speed_csv)
        return self.speed


class CameraBlock(Block):
    """What all cameras have in common."""

    id: Id
    name: str = Field(default="", description="For people; the id when left out.")
    source: str = Field(
        min_length=1,
        description="File beside this one, rtsp://…, http://…, /dev/video0; ${NAME} is taken"
        " from the environment.",
    )
    model: str | None = Field(
        default=None, description="Manifest name or file; default the embedded one."
    )
    loop: bool = Field(default=False, description="Play a file again and again.")


class ParkingCameraBlock(CameraBlock, OutlinesBlock):
    """A fixed camera over parking spots."""

    mission: Literal["parking"]
    frames: ParkingFramesBlock = ParkingFramesBlock()
    settling: SettlingBlock = SettlingBlock()
    map: MapBlock | None = Field(default=None, description="Places the spots on the map.")
    reference: str | None = Field(
        default=None,
        description="Picture file on which the spots were drawn; shows whether the camera moved.",
    )


class TramCameraBlock(CameraBlock):
    """A camera in the cab of a tram."""

    mission: Literal["tram"]
    frames: FramesBlock = FramesBlock()
    tram: TramBlock

    @field_validator("frames")
    @classmethod
    def _sees_all_it_can(cls, frames: FramesBlock) -> FramesBlock:
        if frames.mode == "auto":
            raise ValueError("mode auto is for parking cameras: a tram covers 20 m in 2 s")
        if frames.per_second is not None and frames.per_second <= TOO_FEW_HZ:
            raise ValueError(
                f"per_second must be above {TOO_FEW_HZ:g}, got {frames.per_second:g}: the driver's"
                " display believes no picture that is older than half a second"
            )
        return frames


AnyCameraBlock = Annotated[ParkingCameraBlock | TramCameraBlock, Field(discriminator="mission")]


class ExpectBlock(Block):
    """What a replay scored against the truth must keep; what is left out is not judged."""

    most_missed_changes: NotNegative | None = None
    most_change_s: NotNegative | None = Field(
        default=None, description="Until the slowest arrival or departure is told."
    )
    most_median_change_s: NotNegative | None = None
    most_false_flips: NotNegative | None = None
    most_false_flips_per_spot_day: NotNegative | None = None
    most_wrong_share: Share | None = Field(
        default=None, description="Of all spots' time, free told for occupied or the reverse."
    )
    most_unknown_share: Share | None = None
    most_settling_share: Share | None = None
    most_first_state_s: NotNegative | None = None
    most_missed_violations: NotNegative | None = None
    most_false_violations: NotNegative | None = None
    most_violation_s: NotNegative | None = Field(
        default=None, description="Until the slowest violation is told, from when it is one."
    )
    most_missed_hazards: NotNegative | None = None
    most_missed_alarms: NotNegative | None = None
    most_missed_share: Share | None = None
    most_understated_share: Share | None = Field(
        default=None, description="Of the time, caution shown where alarm is wanted."
    )
    least_lead_s: Number | None = Field(
        default=None, description="A warning's lead before it is wanted; negative is late."
    )
    least_collision_lead_s: Number | None = Field(
        default=None, description="True time to collision when the warning comes."
    )
    least_stop_margin_m: Number | None = Field(
        default=None,
        description="Way left before an obstacle if the driver reacts to the alarm and brakes.",
    )
    most_false_alarms: NotNegative | None = None
    most_false_alarms_per_hour: NotNegative | None = None
    most_false_alarms_per_km: NotNegative | None = None
    most_false_alarm_share: Share | None = None
    most_unavailable_share: Share | None = None
    most_blind_share: Share | None = Field(
        default=None, description="Of the time, a display that goes on behind a bad picture."
    )
    most_distance_error: NotNegative | None = Field(
        default=None, description="Median relative error."
    )
    most_near_distance_error: NotNegative | None = Field(default=None, description="To 40 m.")
    most_far_distance_error: NotNegative | None = Field(default=None, description="From 40 m on.")
    most_ttc_error: NotNegative | None = None
    most_own_speed_error: NotNegative | None = Field(
        default=None, description="Median relative error, where it is taken from the picture."
    )
    most_unnoticed_faults: NotNegative | None = None
    most_notice_s: NotNegative | None = Field(
        default=None, description="Until a bad picture is said to be one."
    )

    def limits(self) -> dict[str, float]:
        """What is set, by name."""
        return self.model_dump(exclude_none=True)


class SiteDocument(Block):
    """A whole site file."""

    site: Id = Field(description="Short name used in addresses and events.")
    name: str = Field(default="", description="For people; the id when left out.")
    lots: list[LotBlock] = Field(default=[])
    cameras: list[AnyCameraBlock] = Field(min_length=1)
    time_zone: TimeZone = Field(
        default="UTC", description="By whose clock days begin.", examples=["Africa/Casablanca"]
    )
    retention: RetentionBlock = RetentionBlock()
    audit: AuditBlock = AuditBlock()
    publish: PublishBlock = PublishBlock()
    expect: ExpectBlock = ExpectBlock()
