"""The keys of the service, and who changed what: for admins."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from service.access.caller import Access
from service.access.guard import CallerDependency, needs
from service.access.keys import Key, new_key
from service.access.roles import Role
from service.live.records import Moment, example
from service.routes.context import ContextDependency
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import Problem, problem_answers
from service.store.store import Store
from service.timestamps import NS_PER_S, ns_to_iso

router = APIRouter(tags=["access"], dependencies=[needs(Role.ADMIN)])
NS_PER_DAY = 86_400 * NS_PER_S
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", description="Public part of the key.")]
Answers = dict[int | str, dict[str, Any]]
AWAY: Answers = problem_answers(404, 409, 503)
SHOWN = {
    "key_id": "7dbbce30131a",
    "name": "control room",
    "role": "operator",
    "created_at": "2026-05-01T12:00:04.250Z",
    "created_by": "wayside keys",
    "expires_at": None,
    "revoked_at": None,
    "is_good": True,
}


class KeyRecord(BaseModel):
    """One key, without what opens anything."""

    model_config = example(SHOWN)

    key_id: str
    name: str
    role: Role
    created_at: Moment
    created_by: str
    expires_at: Moment | None
    revoked_at: Moment | None
    is_good: bool = Field(description="Neither revoked nor expired.")


class NewKeyRecord(KeyRecord):
    """A key just made; its text is told here and never again."""

    model_config = example({**SHOWN, "key": "wsk_7dbbce30131a_…"})

    key: str


class KeyWish(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "control room", "role": "operator", "expires_in_days": 365}]
        },
    )

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$",
        description="Whom or what it is for.",
    )
    role: Role
    expires_in_days: int | None = Field(default=None, ge=1, le=36_500)


class ChangeRecord(BaseModel):
    """One change by one caller."""

    model_config = example(
        {
            "at": "2026-05-01T12:00:04.250Z",
            "who": "7dbbce30131a",
            "name": "control room",
            "role": "operator",
            "action": "save_layout",
            "subject": "/api/v1/cameras/north/layout",
            "method": "PUT",
            "status": 200,
            "address": "10.0.0.7",
        }
    )

    at: Moment
    who: str = Field(description="Public part of the key, or `access off`.")
    name: str = Field(description="Of the key, at that time.")
    role: str
    action: str
    subject: str = Field(description="What was changed, as its address.")
    method: str
    status: int
    address: str = Field(description="Network address that the request came from.")


@router.get("/keys", summary="All keys", responses={200: {"headers": LINK}, **AWAY})
def keys(
    connection: HTTPConnection, context: ContextDependency, paging: PagingDependency
) -> list[KeyRecord]:
    """All keys, revoked and expired ones included; never what opens anything."""
    found = _access(connection).keys
    found.refresh()
    now_ns = context.clock_ns()
    return paging.cut([_record(key, now_ns) for key in found.known()], lambda key: (key.key_id,))


@router.post("/keys", summary="Make a key", status_code=201, responses=AWAY)
def make_key(
    wish: KeyWish,
    connection: HTTPConnection,
    context: ContextDependency,
    caller: CallerDependency,
) -> NewKeyRecord:
    """A new key; keep its text, it is told once."""
    now_ns = context.clock_ns()
    days = wish.expires_in_days
    key, text = new_key(
        wish.name,
        wish.role,
        now_ns,
        expires_at_ns=now_ns + days * NS_PER_DAY if days else None,
        created_by=caller.name,
    )
    _access(connection).keys.add(key)
    return NewKeyRecord(**dict(_record(key, now_ns)), key=text)


@router.delete("/keys/{key_id}", summary="Revoke a key", responses=problem_answers(404, 409, 503))
def revoke_key(key_id: KeyId, connection: HTTPConnection, context: ContextDependency) -> KeyRecord:
    """Void a key from now on; it stays in the list."""
    key = _access(connection).keys.revoke(key_id, context.clock_ns())
    if key is None:
        raise Problem(404, f"there is no key {key_id!r}")
    return _record(key, context.clock_ns())


@router.get("/changes", summary="Who changed what", responses={200: {"headers": LINK}, **AWAY})
def changes(context: ContextDependency, paging: PagingDependency) -> list[ChangeRecord]:
    """Every change that was made through the API or the pages, newest first."""
    store: Store | None = context.store
    if store is None:
        raise Problem(503, "the service runs without a database, so no changes are kept")
    page = store.access_log.page(limit=paging.rows, cursor=paging.cursor)
    paging.point_to(page.next)
    return [
        ChangeRecord(
            at=ns_to_iso(each.at_ns),
            who=each.who,
            name=str(each.details.get("name", "")),
            role=each.role,
            action=each.action,
            subject=each.subject,
            method=str(each.details.get("method", "")),
            status=int(each.details.get("status", 0)),
            address=each.address,
        )
        for each in page.rows
    ]


def _access(connection: HTTPConnection) -> Access:
    access: Access | None = connection.app.state.access
    if access is None:
        raise Problem(409, "access is off, so there are no keys")
    return access


def _record(key: Key, now_ns: int) -> KeyRecord:
    return KeyRecord(
        key_id=key.key_id,
        name=key.name,
        role=key.role,
        created_at=ns_to_iso(key.created_at_ns),
        created_by=key.created_by,
        expires_at=_moment(key.expires_at_ns),
        revoked_at=_moment(key.revoked_at_ns),
        is_good=key.is_good(now_ns),
    )


def _moment(at_ns: int | None) -> str | None:
    return None if at_ns is None else ns_to_iso(at_ns)
