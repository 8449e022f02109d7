"""The roles that a key can have, and which of them includes which."""

from enum import StrEnum


class Role(StrEnum):
    """What a caller is; public < reader < display, operator < engineer < admin."""

    PUBLIC = "public"
    """No key: what residents need, the counts of lots."""
    READER = "reader"
    """Reads everything: spots, cameras, pictures, alerts, events, history, exports."""
    DISPLAY = "display"
    """A cabin display: also acknowledges its alerts."""
    OPERATOR = "operator"
    """The control room: also audits accuracy, marks false alarms, sees the store."""
    ENGINEER = "engineer"
    """Also changes layouts, cameras, webhooks and settings, and sees replays."""
    ADMIN = "admin"
    """Also makes and revokes keys and reads who changed what."""


_BELOW: dict[Role, tuple[Role, ...]] = {
    Role.PUBLIC: (),
    Role.READER: (Role.PUBLIC,),
    Role.DISPLAY: (Role.READER,),
    Role.OPERATOR: (Role.READER,),
    Role.ENGINEER: (Role.DISPLAY, Role.OPERATOR),
    Role.ADMIN: (Role.ENGINEER,),
}


def includes(role: Role, wanted: Role) -> bool:
    """Whether `role` may do whatever `wanted` may."""
    return role is wanted or any(includes(below, wanted) for below in _BELOW[role])
