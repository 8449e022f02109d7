"""What the environment says of access: limits, other origins, cameras; checked at the start."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.access.camera_addresses import SCHEMES as CAMERA_SCHEMES
from service.access.camera_addresses import CameraRules
from service.access.limits import Rate
from service.access.roles import Role
from service.errors import MisuseError
from service.hosts import Network

ORIGINS, RATES = "WAYSIDE_CORS_ORIGINS", "WAYSIDE_RATES"
SCHEMES, NETWORKS = "WAYSIDE_CAMERA_SCHEMES", "WAYSIDE_CAMERA_NETWORKS"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?", re.IGNORECASE)
_RATE = re.compile(r"([a-z]+)=(\d+(?:\.\d+)?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """How far the service opens itself; the defaults are closed."""

    cors_origins: tuple[str, ...] = ()
    """Sites whose pages may read the API in a browser."""
    rates: Mapping[Role, Rate] = field(default_factory=dict)


def read_access_settings(environment: Mapping[str, str]) -> AccessSettings:
    """The settings in the environment; raises MisuseError that names what came and was wanted."""
    return AccessSettings(
        cors_origins=tuple(_origin(each) for each in _words(environment, ORIGINS)),
        rates=dict(_rate(each) for each in _words(environment, RATES)),
    )


def read_camera_rules(environment: Mapping[str, str]) -> CameraRules:
    """Which cameras may be opened; raises MisuseError that names what came and was wanted."""
    schemes = tuple(_scheme(each) for each in _words(environment, SCHEMES))
    networks = tuple(_network(each) for each in _words(environment, NETWORKS))
    return CameraRules(schemes or CAMERA_SCHEMES, networks)


def _words(environment: Mapping[str, str], name: str) -> list[str]:
    return re.split(r"[,\s]+", text) if (text := environment.get(name, "").strip()) else []


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise MisuseError(f"{ORIGINS}: wanted origins such as https://city.example, got {text!r}")
    return text.lower()


def _rate(text: str) -> tuple[Role, Rate]:
    parts = _RATE.fullmatch(text)
    if parts is None or parts[1] not in list(Role) or float(parts[2]) <= 0 or parts[3] == "0":
        roles = ", ".join(Role)
        raise MisuseError(
            f"{RATES}: wanted ROLE=PER_SECOND/AT_ONCE such as reader=100/200 with one of"
            f" {roles}, got {text!r}"
        )
    per_second = float(parts[2])
    return Role(parts[1]), Rate(per_second, float(parts[3] or max(2 * per_second, 1)))


def _scheme(text: str) -> str:
    scheme = text.lower().removesuffix("://")
    if scheme not in CAMERA_SCHEMES:
        raise MisuseError(f"{SCHEMES}: wanted some of {', '.join(CAMERA_SCHEMES)}, got {text!r}")
    return scheme


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise MisuseError(
            f"{NETWORKS}: wanted networks such as 10.20.0.0/16, got {text!r}"
        ) from None
