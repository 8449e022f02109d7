"""Where a webhook goes: looked up and checked before every message, and gone to as checked."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.errors import ServiceError
from service.hosts import Address, Network, Resolve, addresses_of, resolve_host
from streams.urls import redact

PORTS = {"http": 80, "https": 443}


class TargetRefused(ServiceError):
    """A webhook's address leads where it may not lead, or nowhere."""


@dataclass(frozen=True, slots=True)
class Target:
    """One message's way: connect to `url`, which names a checked address, and say `host`."""

    url: str
    """With the address in place of the name, so that no second look-up can lead elsewhere."""
    host: str
    """Name and port as the receiver expects them in the Host header, in ASCII."""
    server_name: str
    """What the receiver's certificate must be for."""


def checked_target(
    url: str, allowed: Sequence[Network] = (), resolve: Resolve = resolve_host
) -> Target:
    """The way to `url`; raises TargetRefused unless every address of its host may be sent to.

    Public addresses may; private ones, this machine and the like only within `allowed`.
    """
    shown = redact(url)
    try:
        parts = urlsplit(url)
        host, port = _ascii_name(parts.hostname or ""), parts.port
    except ValueError:
        raise TargetRefused(f"{shown} is no address") from None
    if parts.scheme not in PORTS or not host:
        raise TargetRefused(f"webhooks go to https:// or http:// addresses, got {shown}")
    if parts.username is not None:
        raise TargetRefused(f"webhooks prove themselves by their signature, not by {shown}")
    addresses = addresses_of(host, resolve)
    if not addresses:
        raise TargetRefused(f"the host {host} cannot be found")
    for address in addresses:
        if not is_allowed(address, allowed):
            raise TargetRefused(
                f"{host} is at {address}, which is no public address: allow its network in"
                " publish.webhook_networks of the site file, or WAYSIDE_WEBHOOK_NETWORKS"
            )
    number = str(addresses[0])
    place = f"[{number}]" if ":" in number else number
    netloc = place if port is None else f"{place}:{port}"
    name = f"[{host}]" if ":" in host else host
    return Target(
        url=parts._replace(netloc=netloc, fragment="").geturl(),
        host=name if port is None else f"{name}:{port}",
        server_name=host,
    )


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether messages may go there."""
    plain = _plain(address)
    if any(plain.version == each.version and plain in each for each in allowed):
        return True
    return plain.is_global and not plain.is_multicast


def _ascii_name(host: str) -> str:
    """The name as it is looked up and sent: `exämple.de` is `xn--exmple-cua.de` (RFC 3490)."""
    return host.encode("idna").decode("ascii")


def _plain(address: Address) -> Address:
    """An IPv4 address in IPv6's clothes is an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address.sixtofour or _nat64(address) or address
    return address


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
