"""Which addresses of cameras may be opened for a caller of the API."""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.routes.problems import Problem
from streams.urls import redact

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Iterable[str]]


def _networks(*names: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(name) for name in names)


PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""Where cameras usually stand; this machine itself is not among them."""


@dataclass(frozen=True, slots=True)
class CameraRules:
    """What is allowed of cameras that come by the API."""

    schemes: tuple[str, ...] = ("rtsp", "rtsps", "http", "https")
    networks: tuple[Network, ...] = PRIVATE


def resolve_host(host: str) -> list[str]:
    """All addresses of a name."""
    return [str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def check_camera_address(url: str, rules: CameraRules, resolve: Resolve = resolve_host) -> None:
    """Raise a Problem 422 for a camera outside the configured schemes and networks.

    Every address of the host must be allowed. Credentials in `url` are not told.
    """
    shown = redact(url)
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme.lower()
    except ValueError:
        raise Problem(422, f"{shown} is no address of a camera") from None
    if scheme not in rules.schemes or "://" not in url:
        wanted = ", ".join(f"{each}://" for each in rules.schemes)
        raise Problem(422, f"cameras are taken from {wanted} only, got {shown}")
    if not host:
        raise Problem(422, f"{shown} names no host")
    for address in _addresses(host, shown, resolve):
        if not _is_allowed(address, rules.networks):
            raise Problem(
                422,
                f"the camera {shown} is at {address}, outside the networks of cameras"
                " (WAYSIDE_CAMERA_NETWORKS)",
            )


def _addresses(host: str, shown: str, resolve: Resolve) -> list[Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        found = [ipaddress.ip_address(each.split("%")[0]) for each in resolve(host)]
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise Problem(422, f"the host of {shown} cannot be found")
    return found


def _is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    plain = mapped or address
    return any(plain.version == each.version and plain in each for each in networks)
