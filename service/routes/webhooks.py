"""Who is told of changes by webhook, and what became of every delivery."""

import secrets
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from service.access.guard import CallerDependency, needs
from service.access.roles import Role
from service.live.event_filter import EventFilter
from service.live.records import EventType, Moment, example
from service.publish.publishers import allowed_networks
from service.publish.settings import SHORTEST_SECRET
from service.publish.signature import new_secret
from service.publish.target import TargetRefused, checked_target
from service.publish.webhook_letters import FROM_SITE_FILE, trial_letter
from service.routes.context import Context, ContextDependency
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import Problem, problem_answers
from service.store.store import Store
from service.store.subscriptions import SubscriptionRow
from service.timestamps import ns_to_iso
from streams.urls import redact

router = APIRouter(
    prefix="/webhooks",
    tags=["webhooks"],
    dependencies=[needs(Role.ENGINEER)],
    responses=problem_answers(404, 503),
)
Name = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
WebhookId = Annotated[str, Path(pattern=Name, max_length=130)]
Wanted = Annotated[str, Field(pattern=Name, max_length=64)]
FILTER: dict[str, Any] = {
    "types": ["lot.changed"],
    "site": "lot-day",
    "lot": "main",
    "camera": None,
    "subject": None,
}
SHOWN: dict[str, Any] = {
    "webhook_id": "hook-4f7c2a90b1de",
    "url": "https://signs.example/in",
    **FILTER,
    "note": "guidance signs",
    "is_paused": False,
    "created_at": "2026-05-01T12:00:04.250Z",
    "created_by": "control room",
    "waiting": 0,
}


class WebhookFilter(BaseModel):
    """Which changes are told; what is left out means any."""

    types: list[EventType] | None = Field(default=None, min_length=1)
    site: Wanted | None = None
    lot: Wanted | None = Field(default=None, description="This lot and its spots.")
    camera: Wanted | None = None
    subject: Wanted | None = Field(default=None, description="This spot, lot, camera or display.")


class WebhookWish(WebhookFilter):
    """A receiver to be told of changes from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://signs.example/in", **FILTER}]},
    )

    url: str = Field(
        max_length=2000, pattern=r"^[^\x00-\x20\x7f]+$", description="https:// or http://"
    )
    secret: str | None = Field(
        default=None,
        min_length=SHORTEST_SECRET,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Signs what is sent; made by the service when left out.",
    )
    note: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")


class WebhookRecord(WebhookFilter):
    """One receiver, without the secret."""

    model_config = example(SHOWN)

    webhook_id: str
    url: str = Field(description="Without credentials.")
    note: str
    is_paused: bool
    created_at: Moment
    created_by: str = Field(description="Whose key, or the site file.")
    waiting: int = Field(description="Deliveries that wait.")


class NewWebhookRecord(WebhookRecord):
    """A receiver just made; the secret is told here and never again."""

    model_config = example({**SHOWN, "secret": "whsec_…"})

    secret: str


class WebhookChange(BaseModel):
    """Whether a receiver is told of changes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"is_paused": True}]})

    is_paused: bool = Field(description="Changes of a pause are never sent.")


class DeliveryRecord(BaseModel):
    """One attempt to deliver one event."""

    model_config = example(
        {
            "webhook_id": "hook-4f7c2a90b1de",
            "event_key": "lot-day/1777636804250",
            "at": "2026-05-01T12:00:04.250Z",
            "attempt": 2,
            "status_code": 204,
            "error": None,
            "took_s": 0.041,
        }
    )

    webhook_id: str
    event_key: str = Field(description="The header webhook-id of the message.")
    at: Moment
    attempt: int = Field(description="Beginning at 1.")
    status_code: int | None
    error: str | None = Field(description="Why it was not taken.")
    took_s: float


@router.get("", summary="All receivers", responses={200: {"headers": LINK}})
def webhooks(context: ContextDependency, paging: PagingDependency) -> list[WebhookRecord]:
    """Who is told of changes, by the site files and by this API."""
    store = _store(context)
    depths = store.outbox.depths()
    rows = paging.cut(store.subscriptions.all(), lambda row: (row.subscription_id,))
    return [_shown(row, depths) for row in rows]


@router.post("", status_code=201, summary="Add a receiver", responses=problem_answers(422))
def add(
    wish: WebhookWish, context: ContextDependency, caller: CallerDependency
) -> NewWebhookRecord:
    """Tell a receiver of changes from now on.

    Messages are CloudEvents in JSON, signed after Standard Webhooks (`webhook-id`,
    `webhook-timestamp`, `webhook-signature`: HMAC-SHA256). They come in order and are tried again
    until they are taken; anything but 2xx means not taken, and redirections are not followed.
    """
    store = _store(context)
    context.site_ids(wish.site)
    try:
        checked_target(wish.url, allowed_networks(context.hub.sites))
    except TargetRefused as refused:
        raise Problem(422, f"url: {refused}") from refused
    wanted = EventFilter(wish.types, wish.site, wish.lot, wish.camera, wish.subject)
    row = SubscriptionRow(
        subscription_id=f"hook-{secrets.token_hex(6)}",
        url=wish.url,
        secret=wish.secret or new_secret(),
        filters=wanted.as_json(),
        created_ns=context.clock_ns(),
        created_by=caller.name,
        note=wish.note,
    )
    store.subscriptions.add(row)
    return NewWebhookRecord(**_shown(row, {}).model_dump(), secret=row.secret)


@router.get("/{webhook_id}", summary="One receiver")
def webhook(webhook_id: WebhookId, context: ContextDependency) -> WebhookRecord:
    """One receiver, what it wants and how much waits for it."""
    store = _store(context)
    return _shown(_row(store, webhook_id), store.outbox.depths())


@router.patch("/{webhook_id}", summary="Pause or resume a receiver")
def change(webhook_id: WebhookId, wish: WebhookChange, context: ContextDependency) -> WebhookRecord:
    """A pause is the only way in which a receiver is not told; failures never cause one."""
    store = _store(context)
    store.subscriptions.replace(replace(_row(store, webhook_id), is_paused=wish.is_paused))
    return _shown(_row(store, webhook_id), store.outbox.depths())


@router.delete(
    "/{webhook_id}", status_code=204, summary="Remove a receiver", responses=problem_answers(409)
)
def remove(webhook_id: WebhookId, context: ContextDependency) -> None:
    """Forget a receiver and all that waits for it."""
    store = _store(context)
    if _row(store, webhook_id).created_by == FROM_SITE_FILE:
        raise Problem(409, f"webhook {webhook_id!r} stands in a site file: take it out there")
    store.subscriptions.remove(webhook_id)


@router.post("/{webhook_id}/trial", status_code=202, summary="Send a trial message")
def trial(webhook_id: WebhookId, context: ContextDependency) -> WebhookRecord:
    """Put a message of type `wayside.trial` behind what waits; see the deliveries for its end."""
    store = _store(context)
    row = _row(store, webhook_id)
    store.outbox.add([trial_letter(webhook_id, context.clock_ns())])
    return _shown(row, store.outbox.depths())


@router.get(
    "/{webhook_id}/deliveries",
    summary="What became of the deliveries",
    responses={200: {"headers": LINK}},
)
def deliveries(
    webhook_id: WebhookId, context: ContextDependency, paging: PagingDependency
) -> list[DeliveryRecord]:
    """Every attempt, newest first."""
    store = _store(context)
    _row(store, webhook_id)
    page = store.deliveries.page(webhook_id, limit=paging.rows, cursor=paging.cursor)
    paging.point_to(page.next)
    return [
        DeliveryRecord(
            webhook_id=each.subscription_id,
            event_key=each.event_key,
            at=ns_to_iso(each.at_ns),
            attempt=each.attempt,
            status_code=each.status_code,
            error=each.error,
            took_s=round(each.took_s, 3),
        )
        for each in page.rows
    ]


def _store(context: Context) -> Store:
    if context.store is None:
        raise Problem(503, "this service runs without a database, which webhooks need")
    return context.store


def _row(store: Store, webhook_id: str) -> SubscriptionRow:
    row = store.subscriptions.get(webhook_id)
    if row is None:
        raise Problem(404, f"there is no webhook {webhook_id!r}")
    return row


def _shown(row: SubscriptionRow, depths: dict[str, int]) -> WebhookRecord:
    wanted = EventFilter.from_json(row.filters)
    return WebhookRecord(
        webhook_id=row.subscription_id,
        url=redact(row.url),
        types=None if wanted.types is None else list(wanted.types),
        site=wanted.site_id,
        lot=wanted.lot_id,
        camera=wanted.camera_id,
        subject=wanted.subject,
        note=row.note,
        is_paused=row.is_paused,
        created_at=ns_to_iso(row.created_ns),
        created_by=row.created_by,
        waiting=depths.get(row.subscription_id, 0),
    )
