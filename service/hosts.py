"""Hosts on the network and the addresses at which they are."""

import ipaddress
import socket
from collections.abc import Callable, Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Iterable[str]]


def resolve_host(host: str) -> list[str]:
    """All addresses of a name; raises OSError."""
    return [str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def addresses_of(host: str, resolve: Resolve = resolve_host) -> list[Address]:
    """All addresses of a host, itself where it is one; none where it cannot be found."""
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        return [ipaddress.ip_address(each.split("%")[0]) for each in resolve(host)]
    except (OSError, ValueError):
        return []
