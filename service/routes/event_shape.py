"""How an event is written for readers: plain, or in the envelope of CloudEvents."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from service.live.records import EventRecord
from service.publish.cloud_event import cloud_event


@dataclass(frozen=True, slots=True)
class EventShape:
    """One way to write events; every event is written once for all readers."""

    text_of: Callable[[EventRecord], str]

    def text(self, event: EventRecord) -> str:
        """The event as JSON, for a WebSocket."""
        return event.once(self.text_of)

    def block(self, event: EventRecord) -> bytes:
        """The event as a block of a stream of server-sent events."""
        return event.once(self._block)

    def _block(self, event: EventRecord) -> bytes:
        return f"id: {event.id}\nevent: {event.type}\ndata: {self.text(event)}\n\n".encode()


def _envelope(event: EventRecord) -> str:
    return json.dumps(cloud_event(event), ensure_ascii=False)


PLAIN = EventShape(EventRecord.json_line)
CLOUD_EVENTS = EventShape(_envelope)
