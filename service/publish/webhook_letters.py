"""Events as letters in the outbox, one per receiver that wants them."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from service.live.event_filter import EventFilter
from service.live.records import EventRecord
from service.publish.cloud_event import cloud_event
from service.publish.settings import WebhookSettings
from service.store.outbox import Letter, Outbox
from service.store.store import Store
from service.store.subscriptions import SubscriptionRow, Subscriptions
from service.timestamps import ns_to_iso, seconds_to_ns

FROM_SITE_FILE = "site file"
"""Who made subscriptions that come and go with a site file."""
GIVE_UP_AFTER_S = 3 * 86_400.0
"""After so long one message is let go, so that those behind it have their turn."""


class WebhookLetters:
    """Joins in the writer's transactions: a change is kept with its letters, or not at all."""

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_ns = clock_ns

    def __call__(self, connection: Connection, events: Sequence[EventRecord]) -> None:
        """Put the letters of these events into the outbox, in order."""
        receivers = [
            (row.subscription_id, EventFilter.from_json(row.filters))
            for row in Subscriptions.read(connection)
            if not row.is_paused
        ]
        now_ns = self._clock_ns()
        Outbox.put(
            connection,
            [
                letter(subscription_id, event, now_ns)
                for event in events
                for subscription_id, is_wanted in receivers
                if is_wanted(event)
            ],
        )


def letter(subscription_id: str, event: EventRecord, now_ns: int) -> Letter:
    """One event for one receiver."""
    return Letter(
        subscription_id=subscription_id,
        event_key=f"{event.site_id}/{event.id}",
        body=as_body(cloud_event(event)),
        created_ns=now_ns,
        due_ns=now_ns,
    )


def trial_letter(subscription_id: str, now_ns: int) -> Letter:
    """A message that says nothing but that messages arrive."""
    event_key = f"trial/{now_ns}"
    envelope = {
        "specversion": "1.0",
        "id": event_key,
        "source": "/api/v1/webhooks",
        "type": "wayside.trial",
        "subject": subscription_id,
        "time": ns_to_iso(now_ns),
    }
    return Letter(subscription_id, event_key, as_body(envelope), now_ns, now_ns)


def as_body(envelope: dict[str, Any]) -> str:
    """The bytes that are signed and sent."""
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def site_of(row: SubscriptionRow) -> str | None:
    """The site in whose file a receiver stands; None for one made by the API."""
    return EventFilter.from_json(row.filters).site_id if row.created_by == FROM_SITE_FILE else None


def settle_site_webhooks(
    store: Store, webhooks: Mapping[str, Sequence[WebhookSettings]], now_ns: int
) -> None:
    """Make the subscriptions that stand in site files (by site_id), and remove those gone.

    A receiver that stays keeps what waits for it, and whether it is paused. Those of sites that
    another service on this database serves, or served within the last three days, stay as well.
    """
    kept = {row.subscription_id: row for row in store.subscriptions.all()}
    oldest_ns = now_ns - seconds_to_ns(GIVE_UP_AFTER_S)
    served = {name for name, at_ns in store.served_sites().items() if at_ns > oldest_ns}
    elsewhere = served - webhooks.keys()
    wanted = {
        f"{site_id}.{each.webhook_id}": each for site_id, some in webhooks.items() for each in some
    }
    for row in kept.values():
        is_gone = row.created_by == FROM_SITE_FILE and row.subscription_id not in wanted
        if is_gone and site_of(row) not in elsewhere:
            store.subscriptions.remove(row.subscription_id)
    for name, settings in wanted.items():
        before = kept.get(name)
        after = SubscriptionRow(
            subscription_id=name,
            url=settings.url,
            secret=settings.secret,
            filters=settings.filter.as_json(),
            created_ns=before.created_ns if before else now_ns,
            created_by=FROM_SITE_FILE,
            is_paused=before.is_paused if before else False,
        )
        if before is None:
            store.subscriptions.add(after)
        elif before != after:
            store.subscriptions.replace(after)
