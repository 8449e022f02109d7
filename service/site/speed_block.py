"""The part of a site file that says where the own speed of a tram comes from."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from service.ego_speed.mqtt import mqtt_address_fault
from service.ego_speed.nmea import nmea_address_fault
from service.site.block import Block, NotNegative, Positive

OLDEST = (
    "An older speed is none. Where readings come more often than this, one is missing after half a"
    " second, or after one and a half times the usual time between two."
)


def _mqtt_address(address: str) -> str:
    fault = mqtt_address_fault(address)
    if fault:
        raise ValueError(fault)
    return address


def _nmea_address(address: str) -> str:
    fault = nmea_address_fault(address)
    if fault:
        raise ValueError(fault)
    return address


class ConstantSpeedBlock(Block):
    """The same speed at all times."""

    source: Literal["constant"]
    mps: NotNegative


class CsvSpeedBlock(Block):
    """A recording beside a clip."""

    source: Literal["csv"]
    file: str = Field(description="File with columns t_s,speed_mps.")


class OdometrySpeedBlock(Block):
    """The vehicle's own odometry, as JSON over MQTT."""

    source: Literal["odometry"]
    address: Annotated[str, AfterValidator(_mqtt_address)] = Field(
        description="mqtt://user:${NAME}@host:1883/the/topic; ${NAME} is taken from the"
        " environment."
    )
    field: str = Field(
        default="speed", description="Where the number stands in the JSON, such as vehicle.speed."
    )
    unit: Literal["m/s", "km/h"] = "km/h"
    time_field: str = Field(
        default="timestamp",
        description="The sender's own time; a message that repeats it says nothing new.",
    )
    max_age_s: Positive = Field(default=0.5, description=OLDEST)


class GnssSpeedBlock(Block):
    """A satellite receiver that speaks NMEA 0183."""

    source: Literal["gnss"]
    address: Annotated[str, AfterValidator(_nmea_address)] = Field(
        description="/dev/ttyS1 or tcp://host:port"
    )
    baud: int = Field(default=9600, gt=0, description="Of a serial line.")
    max_age_s: Positive = Field(default=1.5, description=OLDEST)


class EstimatedSpeedBlock(Block):
    """From the motion of the ground in the picture, marked as estimated."""

    source: Literal["estimated"]


SpeedBlock = Annotated[
    ConstantSpeedBlock | CsvSpeedBlock | OdometrySpeedBlock | GnssSpeedBlock | EstimatedSpeedBlock,
    Field(discriminator="source"),
]
