"""Which states a broker must be told again, and how long each may be believed there."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.live.records import AlertRecord, NearestObstacle, Record
from service.timestamps import NS_PER_S, seconds_to_ns

UNSEEN_FOR_S = 60  # how long "unknown" and a camera's state are believed without being repeated
REPEAT_SHARE = 0.5  # of its life, after which a state that did not change is told again
REPEAT_AFTER_S = 30  # at the latest, so that receivers notice a service that fell silent


@dataclass(frozen=True, slots=True)
class Told:
    """What a broker keeps for one topic."""

    record: Record
    told_at_ns: int
    expires_at_ns: int


def expires_at_ns(record: Record, now_ns: int) -> int:
    """When a state told now must be forgotten: whole seconds from now, one at least.

    A state that holds goes with its `valid_until`; one without, such as `unknown`, after a
    minute in which nobody repeats it.
    """
    holds_for_s = UNSEEN_FOR_S
    if record.valid_until is not None:
        until_ns = seconds_to_ns(datetime.fromisoformat(record.valid_until).timestamp())
        if until_ns > now_ns:
            holds_for_s = math.ceil((until_ns - now_ns) / NS_PER_S)
    return now_ns + holds_for_s * NS_PER_S


def is_due(record: Record, told: Told | None, now_ns: int) -> bool:
    """Whether the broker must be told: it is new, it changed, or it is time to repeat it.

    A display changes with every picture that moves its obstacle.
    """
    if told is None or not record.is_same_state(told.record):
        return True
    if _nearest(record) != _nearest(told.record):
        return True
    life_ns = told.expires_at_ns - told.told_at_ns
    return now_ns - told.told_at_ns >= min(REPEAT_SHARE * life_ns, REPEAT_AFTER_S * NS_PER_S)


def due_states(
    states: Mapping[str, Record], told: Mapping[str, Told], now_ns: int
) -> dict[str, Told]:
    """The states that must be told now, by topic."""
    return {
        topic: Told(record, now_ns, expires_at_ns(record, now_ns))
        for topic, record in states.items()
        if is_due(record, told.get(topic), now_ns)
    }


def _nearest(record: Record) -> NearestObstacle | None:
    return record.nearest if isinstance(record, AlertRecord) else None
