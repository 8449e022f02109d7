"""The tables; times are nanoseconds since 1970 in UTC, durations seconds."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""
Name = Text()


def _number() -> Column[Any]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _ns(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable)


def _name(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Name, nullable=nullable)


spot_changes = Table(
    "spot_changes",
    metadata,
    _number(),
    _name("site_id"),
    _name("lot_id"),
    _name("spot_id"),
    _name("camera_id"),
    _name("spot_group"),
    _name("status"),
    _name("reason", nullable=True),
    Column("confidence", Float, nullable=False),
    _ns("at_ns"),
    _ns("observed_at_ns", nullable=True),
    _ns("changed_at_ns", nullable=True),
    Column("frame_id", BigInteger, nullable=True),
    Column("event_id", BigInteger, nullable=True),
    UniqueConstraint("site_id", "event_id"),
    Index(None, "site_id", "spot_id", "at_ns"),
    Index(None, "site_id", "at_ns"),
)
"""Every change of a spot; the last one of a spot is what it was told as before a restart.

Rows without an event say that nothing is known from then on, because the service was not running.
"""

lot_counts = Table(
    "lot_counts",
    metadata,
    _number(),
    _name("site_id"),
    _name("lot_id"),
    _ns("at_ns"),
    Column("total", Integer, nullable=False),
    Column("free_min", Integer, nullable=False),
    Column("free_max", Integer, nullable=False),
    Column("occupied", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("event_id", BigInteger, nullable=True),
    UniqueConstraint("site_id", "event_id"),
    Index(None, "site_id", "lot_id", "at_ns"),
)
"""Every change of a lot's count."""

alerts = Table(
    "alerts",
    metadata,
    _number(),
    _name("site_id"),
    _name("camera_id"),
    Column("alert_id", BigInteger, nullable=True),
    _name("level"),
    _name("reason", nullable=True),
    _ns("at_ns"),
    Column("is_acknowledged", Boolean, nullable=False),
    _name("kind", nullable=True),
    Column("distance_m", Float, nullable=True),
    Column("time_to_collision_s", Float, nullable=True),
    Column("confidence", Float, nullable=False),
    Column("frame_id", BigInteger, nullable=True),
    Column("state", JSON, nullable=False),
    Column("event_id", BigInteger, nullable=True),
    UniqueConstraint("site_id", "event_id"),
    Index(None, "site_id", "camera_id", "at_ns"),
)
"""Every change of a tram's display; `state` is the whole record."""

camera_changes = Table(
    "camera_changes",
    metadata,
    _number(),
    _name("site_id"),
    _name("camera_id"),
    _name("status"),
    Column("reason", Text, nullable=True),
    _ns("at_ns"),
    Column("frame_id", BigInteger, nullable=True),
    Column("event_id", BigInteger, nullable=True),
    UniqueConstraint("site_id", "event_id"),
    Index(None, "site_id", "camera_id", "at_ns"),
)
"""Every change of a camera's health."""

event_tail = Table(
    "event_tail",
    metadata,
    Column("site_id", Name, primary_key=True),
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)
"""The newest events as they were sent, for readers that resume after a restart."""

write_gaps = Table(
    "write_gaps",
    metadata,
    _number(),
    _ns("began_ns"),
    _ns("ended_ns"),
    Column("lost", Integer, nullable=False),
)
"""Times in which changes were lost because the database was away for too long."""

incidents = Table(
    "incidents",
    metadata,
    _number(),
    _name("site_id"),
    _name("kind"),
    _name("lot_id", nullable=True),
    _name("camera_id", nullable=True),
    _name("subject"),
    _ns("began_ns"),
    _ns("ended_ns", nullable=True),
    Column("details", JSON, nullable=False),
    UniqueConstraint("site_id", "kind", "subject", "began_ns"),
    Index(None, "site_id", "kind", "began_ns"),
)
"""What lasts and needs a person: overstay, blocked lane, cameras that disagree."""

usage = Table(
    "usage",
    metadata,
    Column("site_id", Name, primary_key=True),
    Column("scope", Name, primary_key=True),
    Column("lot_id", Name, primary_key=True),
    Column("subject", Name, primary_key=True),
    Column("span", Name, primary_key=True),
    Column("begin_ns", BigInteger, primary_key=True, autoincrement=False),
    _ns("end_ns"),
    Column("spots", Integer, nullable=False),
    Column("free_s", Float, nullable=False),
    Column("occupied_s", Float, nullable=False),
    Column("unknown_s", Float, nullable=False),
    Column("closed_s", Float, nullable=False),
    Column("arrivals", Integer, nullable=False),
    Column("departures", Integer, nullable=False),
    Column("stays", Integer, nullable=False),
    Column("dwell_median_s", Float, nullable=True),
    Column("dwell_p90_s", Float, nullable=True),
    Index(None, "site_id", "span", "begin_ns"),
)
"""Hours and days of a spot, a group of a lot, or a lot (`scope`), kept longer than changes."""

assistance_days = Table(
    "assistance_days",
    metadata,
    Column("site_id", Name, primary_key=True),
    Column("camera_id", Name, primary_key=True),
    Column("begin_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("informations", Integer, nullable=False),
    Column("cautions", Integer, nullable=False),
    Column("alarms", Integer, nullable=False),
    Column("overspeeds", Integer, nullable=False),
    Column("false_alarms", Integer, nullable=False),
    Column("watched_s", Float, nullable=False),
    Column("unavailable_s", Float, nullable=False),
    Column("driven_m", Float, nullable=False),
    Column("batch", BigInteger, nullable=False),
)
"""How often a tram's assistant has spoken, by day; `batch` is what was added last."""

layouts = Table(
    "layouts",
    metadata,
    _number(),
    _name("site_id"),
    _name("camera_id"),
    Column("version", Integer, nullable=False),
    _name("status"),
    Column("document", JSON, nullable=False),
    _ns("saved_ns"),
    _name("saved_by"),
    Column("note", Text, nullable=False),
    UniqueConstraint("site_id", "camera_id", "version"),
)
"""Every version of a camera's layout; `status` is active, proposed, replaced or refused."""

audits = Table(
    "audits",
    metadata,
    _number(),
    _name("site_id"),
    _name("lot_id"),
    _name("camera_id"),
    _name("spot_id"),
    _ns("taken_ns"),
    _name("told"),
    Column("confidence", Float, nullable=False),
    Column("conditions", JSON, nullable=False),
    Column("picture", LargeBinary, nullable=True),
    _name("verdict", nullable=True),
    _ns("judged_ns", nullable=True),
    _name("judged_by", nullable=True),
    Index(None, "site_id", "taken_ns"),
    Index(None, "site_id", "verdict"),
)
"""Sampled pictures of spots (masked JPEG) and what a person said of the state told."""

keys = Table(
    "keys",
    metadata,
    Column("key_id", Name, primary_key=True),
    Column("hash", Text, nullable=False),
    _name("role"),
    _name("name"),
    _ns("created_ns"),
    _name("created_by"),
    _ns("expires_ns", nullable=True),
    _ns("revoked_ns", nullable=True),
    _ns("used_ns", nullable=True),
    UniqueConstraint("hash"),
)
"""Who may use the service; the key itself is kept nowhere."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", Name, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("filters", JSON, nullable=False),
    _ns("created_ns"),
    _name("created_by"),
    Column("is_paused", Boolean, nullable=False),
    Column("note", Text, nullable=False),
)
"""Who is told of changes by webhook; `filters` says of which."""

outbox = Table(
    "outbox",
    metadata,
    _number(),
    _name("subscription_id"),
    _name("event_key"),
    Column("body", Text, nullable=False),
    _ns("created_ns"),
    _ns("due_ns"),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=True),
    UniqueConstraint("subscription_id", "event_key"),
    Index(None, "subscription_id", "id"),
)
"""What is still to be delivered, in order per subscription; delivered rows are gone."""

deliveries = Table(
    "deliveries",
    metadata,
    _number(),
    _name("subscription_id"),
    _name("event_key"),
    _ns("at_ns"),
    Column("attempt", Integer, nullable=False),
    Column("status_code", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Column("took_s", Float, nullable=False),
    Index(None, "subscription_id", "id"),
    Index(None, "at_ns"),
)
"""Every attempt to deliver, for the delivery log."""

access_log = Table(
    "access_log",
    metadata,
    _number(),
    _ns("at_ns"),
    _name("who"),
    _name("role"),
    _name("action"),
    _name("subject"),
    Column("details", JSON, nullable=False),
    _name("address"),
    Index(None, "at_ns"),
)
"""Who changed what."""

weather_reports = Table(
    "weather_reports",
    metadata,
    Column("site_id", Name, primary_key=True),
    _name("weather"),
    _ns("observed_ns"),
    _ns("valid_until_ns"),
)
"""The newest weather that was reported of each site."""

marks = Table(
    "marks",
    metadata,
    Column("name", Name, primary_key=True),
    _ns("value"),
)
"""Small numbers that outlive a restart: last time alive, usage computed until, how long a site's
history is kept, false alarms."""
