"""Where a tram's own speed comes from, as its site file says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.ego_speed.mqtt import MqttOdometry
from service.ego_speed.nmea import NmeaGnss
from service.ego_speed.odometry import OdometryFormat
from service.ego_speed.recorded import EgoSpeed
from service.ego_speed.source import PictureSource, RecordedSource, SpeedSource
from service.site.speed_block import (
    ConstantSpeedBlock,
    CsvSpeedBlock,
    EstimatedSpeedBlock,
    GnssSpeedBlock,
    OdometrySpeedBlock,
    SpeedBlock,
)


@dataclass(frozen=True, slots=True)
class SpeedPlan:
    """One of: a constant or recording, something that is listened to, the picture itself."""

    recorded: EgoSpeed = field(default_factory=EgoSpeed)
    file: Path | None = None
    """Where a recording was read."""
    live: MqttOdometry | NmeaGnss | None = None
    """A replay does not listen: it has only what was recorded."""
    is_estimated: bool = False
    """From the motion of the ground in the picture."""

    def open(self) -> SpeedSource:
        """What a mission asks; it listens once it is started."""
        if self.live is not None:
            return self.live.open()
        return PictureSource() if self.is_estimated else RecordedSource(self.recorded)


def speed_plan(block: SpeedBlock | None, folder: Path, fill: Callable[[str], str]) -> SpeedPlan:
    """The plan of a site file in `folder`; `fill` puts secrets in. Raises ValueError, OSError."""
    match block:
        case ConstantSpeedBlock():
            return SpeedPlan(EgoSpeed.constant(block.mps))
        case CsvSpeedBlock():
            path = folder / block.file
            return SpeedPlan(EgoSpeed.from_csv(path), path)
        case OdometrySpeedBlock():
            odometry = OdometryFormat(block.field, block.unit, block.time_field)
            return SpeedPlan(live=MqttOdometry(fill(block.address), block.max_age_s, odometry))
        case GnssSpeedBlock():
            return SpeedPlan(live=NmeaGnss(block.address, block.baud, block.max_age_s))
        case EstimatedSpeedBlock():
            return SpeedPlan(is_estimated=True)
        case None:
            return SpeedPlan()
