"""How often callers may ask: one token bucket per key, or per place without one."""

import ipaddress
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from service.access.roles import Role

MOST_CALLERS = 10_000  # buckets kept; the one idle for longest makes room


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a caller may make."""

    per_second: float
    burst: float
    """At once, after a rest."""


DEFAULT_RATES: Mapping[Role, Rate] = {
    Role.PUBLIC: Rate(20, 100),  # many phones share one address of their network
    Role.READER: Rate(250, 500),
    Role.DISPLAY: Rate(50, 200),
    Role.OPERATOR: Rate(100, 400),  # a wall of pictures, each several times a second
    Role.ENGINEER: Rate(100, 400),
    Role.ADMIN: Rate(100, 400),
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a burst, and as of when."""

    tokens: float
    at_s: float


def next_bucket(bucket: Bucket | None, rate: Rate, now_s: float) -> tuple[Bucket, float]:
    """The bucket after one more request, and the seconds to wait: 0 when it may pass."""
    if bucket is None:
        bucket = Bucket(rate.burst, now_s)
    passed_s = max(now_s - bucket.at_s, 0.0)
    tokens = min(bucket.tokens + passed_s * rate.per_second, rate.burst)
    if tokens >= 1:
        return Bucket(tokens - 1, now_s), 0.0
    return Bucket(tokens, now_s), (1 - tokens) / rate.per_second


def place_of(address: str) -> str:
    """Where a caller without a key is: its address, of IPv6 its network of 64 bits.

    One caller has all addresses of such a network, more than can be counted.
    """
    if ":" not in address:
        return address
    try:
        number = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return address if number.ipv4_mapped else number.packed[:8].hex()


class RateLimits:
    """The buckets of all callers of late; belongs to one event loop."""

    def __init__(self, rates: Mapping[Role, Rate] | None = None) -> None:
        self._rates = {**DEFAULT_RATES, **(rates or {})}
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, who: str, role: Role, now_s: float) -> float:
        """Count a request of `who`; returns the seconds to wait, 0 when it may pass."""
        bucket, wait_s = next_bucket(self._buckets.get(who), self._rates[role], now_s)
        self._buckets[who] = bucket
        self._buckets.move_to_end(who)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return wait_s
