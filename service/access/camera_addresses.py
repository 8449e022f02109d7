"""Which addresses of cameras may be opened: only those of the configured schemes and networks."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.errors import SiteFileError
from service.hosts import Address, Network, Resolve, addresses_of, resolve_host
from service.site.site import Site
from streams.urls import redact

SCHEMES = ("rtsp", "rtsps", "http", "https")


@dataclass(frozen=True, slots=True)
class CameraRules:
    """What is allowed of cameras on the network; files and USB cameras are this machine's own."""

    schemes: tuple[str, ...] = SCHEMES
    networks: tuple[Network, ...] = ()
    """Anywhere when empty."""


def check_cameras(site: Site, rules: CameraRules, resolve: Resolve = resolve_host) -> None:
    """Raise SiteFileError, one line per camera, for those outside the schemes and networks."""
    faults = [
        f"{site.path}: camera {camera.camera_id}: {fault}"
        for camera in site.cameras
        if (fault := address_fault(camera.source, rules, resolve))
    ]
    if faults:
        raise SiteFileError("\n".join(faults))


def address_fault(url: str, rules: CameraRules, resolve: Resolve = resolve_host) -> str | None:
    """Why a camera may not be opened; every address of its host must be allowed.

    Credentials in `url` are not told.
    """
    if "://" not in url or url.startswith("file://"):
        return None
    shown = redact(url)
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme.lower()
    except ValueError:
        return f"{shown} is no address of a camera"
    if scheme not in rules.schemes:
        wanted = ", ".join(f"{each}://" for each in rules.schemes)
        return f"cameras are taken from {wanted} only (WAYSIDE_CAMERA_SCHEMES), got {shown}"
    if not rules.networks:
        return None
    if not host:
        return f"{shown} names no host"
    found = addresses_of(host, resolve)
    if not found:
        return f"the host of {shown} cannot be found, so its network is not known"
    for address in found:
        if not _is_allowed(address, rules.networks):
            return f"{shown} is at {address}, outside WAYSIDE_CAMERA_NETWORKS"
    return None


def _is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    plain = mapped or address
    return any(plain.version == each.version and plain in each for each in networks)
