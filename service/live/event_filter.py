"""Which changes a reader, a webhook or a feed wants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from service.live.records import EventRecord, EventType


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Changes with these properties; None means any. All of them must fit."""

    types: Collection[EventType] | None = None
    site_id: str | None = None
    lot_id: str | None = None
    camera_id: str | None = None
    subject: str | None = None

    def __call__(self, event: EventRecord) -> bool:
        """Whether the event is wanted."""
        return (
            (self.types is None or event.type in self.types)
            and self.site_id in (None, event.site_id)
            and self.camera_id in (None, event.camera_id)
            and self.subject in (None, event.subject)
            and (self.lot_id is None or self.lot_id == lot_of(event))
        )

    def as_json(self) -> dict[str, Any]:
        """What is set, for keeping."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        if kept["types"] is not None:
            kept["types"] = sorted(kept["types"])
        return {name: value for name, value in kept.items() if value is not None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The filter that was kept; names of a later version are passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})


def lot_of(event: EventRecord) -> str | None:
    """The lot that a change is about, if it is about one."""
    if event.type == "lot.changed":
        return event.subject
    lot_id = event.data.get("lot_id")
    return lot_id if isinstance(lot_id, str) else None
