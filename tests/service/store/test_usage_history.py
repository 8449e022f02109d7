from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert

from service.live.hub import Hub
from service.live.records import LotRecord
from service.site.retention import Retention
from service.site.site import Site
from service.site.site_file import load_site
from service.store.ageing import DAY_NS, retain_site, row_counts
from service.store.calendar import HOUR_NS, hour_of_week, next_begin, period_begin, periods
from service.store.forecasting import forecast_lot
from service.store.page import Span
from service.store.store import Store
from service.store.tables import incidents, usage
from service.timestamps import NS_PER_S, iso_to_ns
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, camera_event, spot_event
from vision.parking.forecast import Basis

LONG_S = 60
HOUR_S = 3600
MIDNIGHT_NS = NOON_NS - 12 * HOUR_NS


def working_days(days: int) -> list:
    """Two spots, taken from eight to six and from nine to five; a third that is hidden."""
    story = []
    for day in range(days):
        for spot_id, come_h, go_h in (("A1", 8, 18), ("A2", 9, 17)):
            story.append((day * 24 + come_h - 12, spot_id, "occupied"))
            story.append((day * 24 + go_h - 12, spot_id, "free"))
    story += [(-12, "A1", "free"), (-12, "A2", "free"), (-12, "B1", "unknown")]
    return [
        spot_event(
            number,
            spot_id,
            status,
            at_s=hour * HOUR_S,
            group="disabled" if spot_id == "A2" else "general",
            reason="spot_hidden" if status == "unknown" else None,
        )
        for number, (hour, spot_id, status) in enumerate(sorted(story), 1)
    ]


def filled(store: Store, days: int = 2) -> Store:
    store.writer.start(["yard"])
    store.writer.offer(working_days(days))
    assert store.writer.flush(LONG_S)
    return store


def days_of(store: Store, now_ns: int, scope="lot", subject="main", period="day", span=None):
    return store.usage.read("yard", scope, subject, period, span or Span(), zone=UTC, now_ns=now_ns)


def test_hours_and_days_of_a_lot(store):
    filled(store)
    now_ns = MIDNIGHT_NS + 30 * HOUR_NS
    first, second = days_of(store, now_ns)
    assert (first.is_complete, second.is_complete) == (True, False)
    assert first.usage.spots == 3
    assert first.usage.occupied_s == 18 * HOUR_S
    assert first.usage.free_s == 30 * HOUR_S
    assert first.usage.unknown_s == 24 * HOUR_S
    assert first.usage.occupancy == pytest.approx(18 / 48)
    assert (first.usage.arrivals, first.usage.departures, first.usage.stays) == (2, 2, 2)
    assert first.usage.dwell_median_s == 9 * HOUR_S
    assert second.usage.free_s == 12 * HOUR_S
    hours = days_of(store, now_ns, period="hour", span=Span(NOON_NS, NOON_NS + 3 * HOUR_NS))
    assert [hour.usage.occupancy for hour in hours] == [1.0, 1.0, 1.0]


def test_what_is_kept_equals_what_is_counted_when_asked(store):
    filled(store, days=9)
    now_ns = MIDNIGHT_NS + 9 * DAY_NS + HOUR_NS // 2
    questions = [
        ("lot", "main", "day"),
        ("lot", "main", "hour"),
        ("group", "disabled", "day"),
    ]
    counted = [days_of(store, now_ns, *question) for question in questions]
    added = store.usage.count("yard", UTC, now_ns)
    assert added > 9 * 24
    assert store.usage.count("yard", UTC, now_ns) == 0, "nothing is counted twice"
    assert [days_of(store, now_ns, *question) for question in questions] == counted
    with store.database.writing() as connection:
        connection.execute(delete(usage).where(usage.c.span == "day"))
    assert len(days_of(store, now_ns)) == 1, "days that are over really came from the table"


def test_exports_that_nobody_reads_on_hold_up_nobody(store, monkeypatch):
    filled(store, days=2)
    store.usage.count("yard", UTC, MIDNIGHT_NS + 2 * DAY_NS)
    wanted = list(store.usage.all("yard", "hour", Span()))
    monkeypatch.setattr("service.store.usage.ROWS_AT_ONCE", 7)
    asleep = [store.usage.all("yard", "hour", Span()) for _ in range(20)]
    firsts = [next(each) for each in asleep]
    assert [[first, *rest] for first, rest in zip(firsts, asleep, strict=True)] == [wanted] * 20


def test_counting_goes_on_over_a_day_of_25_hours(store):
    paris = ZoneInfo("Europe/Paris")
    midnights = [f"2025-10-{day}T00:00:00+02:00" for day in (25, 26)]
    midnights += [f"2025-10-{day}T00:00:00+01:00" for day in (27, 28)]
    begins = [iso_to_ns(midnight) for midnight in midnights]
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1, at_s=(begins[0] - NOON_NS) / NS_PER_S)])
    assert store.writer.flush(LONG_S)
    store.usage.count("yard", paris, begins[-1] + HOUR_NS)
    days = store.usage.all("yard", "day", Span())
    assert [day.begin_ns for day in days if day.scope == "lot"] == begins[:-1]
    assert store.marks.get("counted_day_ns:yard") == begins[-1]


def test_a_spot_is_counted_from_its_changes(store):
    filled(store, days=3)
    store.usage.count("yard", UTC, MIDNIGHT_NS + 3 * DAY_NS)
    rows = days_of(store, MIDNIGHT_NS + 3 * DAY_NS, "spot", "A1")
    assert [row.usage.dwell_median_s for row in rows] == [10 * HOUR_S] * 3
    late = Span(MIDNIGHT_NS + 1, None)
    assert len(days_of(store, MIDNIGHT_NS + 3 * DAY_NS, "spot", "A1", span=late)) == 2


def test_nothing_is_claimed_for_the_time_after_the_service_died(address):
    alive_ns = NOON_NS + 6 * HOUR_NS
    store = filled(Store(address, clock_ns=lambda: alive_ns), days=1)
    (day,) = days_of(store, NOON_NS + 40 * HOUR_NS)
    known_s = day.usage.free_s + day.usage.occupied_s
    assert known_s == 2 * 18 * HOUR_S
    assert not day.is_complete
    store.close()


def test_nothing_is_claimed_for_the_time_in_which_a_site_was_not_served(address):
    now, served = [NOON_NS], ["yard", "twin"]
    store = Store(address, clock_ns=lambda: now[0])
    store.writer.start(served, lambda: served)

    def an_hour_later(event) -> None:
        now[0] += HOUR_NS
        store.writer.offer([event])
        assert store.writer.flush(LONG_S)

    an_hour_later(spot_event(1, at_s=0, site_id="twin"))
    served.remove("twin")
    an_hour_later(spot_event(2))
    served.append("twin")
    an_hour_later(spot_event(3, "A2"))
    changes = store.spot_history.page("twin").rows
    assert [(each.at_ns, each.status, each.reason) for each in changes] == [
        (NOON_NS, "free", None),
        (NOON_NS + HOUR_NS, "unknown", "stale"),
    ]
    store.close()


def yard_of(folder: Path, closed_hours: str = "[]") -> Site:
    """The yard with these closed hours for all of its spots."""
    terms = f"closed_hours: {closed_hours}, polygon:"
    (folder / "yard.yaml").write_text(LOT_YAML.replace("polygon:", terms))
    return load_site(folder / "yard.yaml")


def main_lot(site: Site, now_ns: int, **counts: int) -> LotRecord:
    lot = next(each for each in Hub([site]).lots("yard", now_ns) if each.lot_id == "main")
    return lot.model_copy(update=counts)


def test_a_forecast_comes_from_the_hours_that_were_kept(store, tmp_path):
    filled(store, days=21)
    now_ns = MIDNIGHT_NS + 21 * DAY_NS - 18 * HOUR_NS  # six in the morning of the last day
    store.usage.count("yard", UTC, now_ns)
    site = yard_of(tmp_path)
    lot = main_lot(site, now_ns, free_min=3, free_max=3, unknown=0)
    told = forecast_lot(store.usage, site, lot, hours=4, now_ns=now_ns + 1)
    assert told.basis is Basis.WEEKLY_PATTERN
    assert [round(hour.free, 1) for hour in told.hours] == [3.0, 1.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("at_h", "free"),
    [
        pytest.param(5.5, [3.0, 3.0, 1.5], id="soon open"),
        pytest.param(18.5, [3.0, 3.0, 1.5, 0.0, 0.0], id="soon closed, at half past nine"),
        pytest.param(23.5, [0.0] * 6 + [3.0], id="closed for some hours yet"),
    ],
)
def test_a_forecast_knows_the_closed_hours_to_come(store, tmp_path, at_h, free):
    filled(store, days=21)
    now_ns = MIDNIGHT_NS + 20 * DAY_NS + round(at_h * HOUR_NS)
    store.usage.count("yard", UTC, now_ns)
    site = yard_of(tmp_path, "[{from: '21:30', to: '06:00'}]")
    lot = main_lot(site, now_ns)
    told = forecast_lot(store.usage, site, lot, hours=len(free), now_ns=now_ns)
    assert [round(hour.free, 1) for hour in told.hours] == free


def test_days_begin_by_the_sites_own_clock():
    paris = ZoneInfo("Europe/Paris")
    begins = [
        begin
        for begin, _ in periods(
            iso_to_ns("2026-03-28T12:00:00+01:00"),
            iso_to_ns("2026-03-31T00:00:00+02:00"),
            "day",
            paris,
        )
    ]
    assert begins == [
        iso_to_ns("2026-03-28T00:00:00+01:00"),
        iso_to_ns("2026-03-29T00:00:00+01:00"),
        iso_to_ns("2026-03-30T00:00:00+02:00"),
    ]
    spring = iso_to_ns("2026-03-29T00:00:00+01:00")
    assert next_begin(spring, "day", paris) - spring == 23 * HOUR_NS
    assert period_begin(spring + 5, "hour", paris) == spring
    assert hour_of_week(iso_to_ns("2026-05-01T12:30:00+02:00"), paris) == 4 * 24 + 12


def test_old_rows_go_and_the_last_state_stays(store):
    filled(store, days=5)
    store.writer.offer([camera_event(999, "live")])
    assert store.writer.flush(LONG_S)
    now_ns = MIDNIGHT_NS + 6 * DAY_NS
    store.usage.count("yard", UTC, now_ns)
    store.audits.add(
        site_id="yard",
        lot_id="main",
        camera_id="north",
        spot_id="A1",
        taken_ns=now_ns - DAY_NS * 3 // 2,
        told="free",
        confidence=0.9,
        picture=b"jpeg",
    )
    overstay = {"site_id": "yard", "kind": "overstay", "subject": "A1", "began_ns": NOON_NS}
    with store.database.writing() as connection:
        connection.execute(insert(incidents).values(overstay | {"details": {}}))
    kept = Retention(changes_days=2, alerts_days=2, usage_days=3, pictures_days=1)
    gone = retain_site(store.database, "yard", kept, now_ns)
    assert gone["pictures"] == 1
    assert store.audits.unjudged("yard") == []
    assert gone["audits"] == 0
    for row in store.spot_history.page("yard", limit=1000).rows:
        assert row.at_ns >= now_ns - 2 * DAY_NS or row.spot_id == "B1"
    assert store.spot_history.page("yard", spot_id="B1").rows[-1].status == "unknown"
    assert store.camera_history.page("yard").rows[0].status == "live"
    assert [each.subject for each in store.incidents.page("yard", is_open=True).rows] == ["A1"]
    assert all(row.begin_ns >= now_ns - 3 * DAY_NS for row in days_of(store, now_ns))
    assert retain_site(store.database, "twin", kept, now_ns)["spot_changes"] == 0
    assert row_counts(store.database)["incidents"] == 1


def test_what_is_kept_for_a_million_years_stays(store):
    filled(store)
    rows = row_counts(store.database)
    gone = retain_site(store.database, "yard", Retention(*[365e6] * 4), MIDNIGHT_NS + 6 * DAY_NS)
    assert set(gone.values()) == {0}
    assert row_counts(store.database) == rows


def test_a_spot_not_seen_for_a_week_is_no_longer_counted(store):
    filled(store, days=9)
    rows = days_of(store, MIDNIGHT_NS + 9 * DAY_NS)
    assert [row.usage.spots for row in rows] == [3] * 8 + [2]
