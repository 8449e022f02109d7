"""What the pages draw of the past and of the coming hours, from the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from service.app import create_app
from service.live.hub import Hub
from service.live.records import LotRecord
from service.pages.history import alert_changes, lot_counts, lot_forecast
from service.pages.plot import known_from, steps
from service.routes.context import Context
from service.site.site_file import load_site
from service.store.calendar import HOUR_NS
from service.store.page import LONGEST
from service.store.store import Store
from service.store.tables import alerts
from service.store.tables import lot_counts as lot_counts_table
from service.timestamps import NS_PER_S
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, spot_event

LONG_S = 60
WEEK_NS = 168 * HOUR_NS
BEGIN_NS, END_NS = NOON_NS, NOON_NS + WEEK_NS
TIMES_NS = [BEGIN_NS - HOUR_NS, *(BEGIN_NS + (place + 60) * NS_PER_S for place in range(LONGEST))]
"""An hour before a week, and as often within it as a page of the store is long."""
COUNT = {"total": 4, "occupied": 0, "unknown": 0, "closed": 0}
DISPLAY = {"is_acknowledged": False, "confidence": 1.0}


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    store = Store.open(str(tmp_path / "wayside.sqlite"))
    yield store
    store.close()


def yard_at(folder: Path, store: Store, now_ns: int, first_spot: str = "") -> Context:
    """The yard, nobody having seen it yet; `first_spot` is said of A1 in its file."""
    (folder / "yard.yaml").write_text(LOT_YAML.replace("id: A1,", f"id: A1, {first_spot}"))
    hub = Hub([load_site(folder / "yard.yaml")])
    app = create_app(hub, store=store, clock_ns=lambda: now_ns)
    context: Context = app.state.context
    return context


def main_lot(context: Context) -> LotRecord:
    return context.hub.lots("yard", context.clock_ns())[0]


def keep_counts(store: Store, times_ns: list[int]) -> None:
    """One spot is free at the first of these moments, three from the next on."""
    rows = [
        {"site_id": "yard", "lot_id": "main", "at_ns": at_ns, "free_min": free, "free_max": free}
        for at_ns, free in zip(times_ns, [1] + [3] * len(times_ns), strict=False)
    ]
    with store.database.writing() as connection:
        connection.execute(insert(lot_counts_table), [row | COUNT for row in rows])


def keep_levels(store: Store, times_ns: list[int]) -> None:
    """A display shows an alarm from the first of these moments on, and is clear from the next."""
    rows = [
        {"site_id": "yard", "camera_id": "cab", "at_ns": at_ns, "level": level, "state": {}}
        for at_ns, level in zip(times_ns, ["alarm"] + ["clear"] * len(times_ns), strict=False)
    ]
    with store.database.writing() as connection:
        connection.execute(insert(alerts), [row | DISPLAY for row in rows])


def test_a_week_of_counts_begins_with_the_one_before(tmp_path, store):
    context = yard_at(tmp_path, store, END_NS)
    keep_counts(store, TIMES_NS)
    counts = lot_counts(context, main_lot(context), BEGIN_NS, END_NS)
    assert [each.at_ns for each in counts] == [*TIMES_NS, END_NS]
    assert steps(counts, BEGIN_NS, END_NS)[0].free_max == 1


def test_a_week_of_too_many_counts_begins_where_they_do(tmp_path, store):
    context = yard_at(tmp_path, store, END_NS)
    keep_counts(store, [*TIMES_NS, TIMES_NS[-1] + NS_PER_S])
    counts = lot_counts(context, main_lot(context), BEGIN_NS, END_NS)
    first_ns = TIMES_NS[2]
    assert [each.at_ns for each in counts[:1]] == [first_ns]
    assert known_from([each.at_ns for each in counts], BEGIN_NS, END_NS) == first_ns
    assert steps(counts, first_ns, END_NS)[0].free_max == 3, "no flat stretch from before"


def test_a_week_of_too_many_alerts_begins_where_they_do(tmp_path, store):
    context = yard_at(tmp_path, store, END_NS)
    keep_levels(store, TIMES_NS)
    changes = alert_changes(context, "yard", "cab", BEGIN_NS, END_NS)
    assert [each.at_ns for each in changes] == TIMES_NS
    keep_levels(store, [TIMES_NS[-1] + NS_PER_S])
    changes = alert_changes(context, "yard", "cab", BEGIN_NS, END_NS)
    assert [each.at_ns for each in changes[:2]] == TIMES_NS[2:4]


def test_forecast_of_a_lot_counts_no_closed_spot(tmp_path, store):
    now_ns = NOON_NS + HOUR_NS // 2
    store.writer.start(["yard"])
    store.writer.offer(
        [
            spot_event(number, spot_id, at_s=-21 * 86_400)
            for number, spot_id in enumerate(("A1", "A2", "A3"), 1)
        ]
    )
    assert store.writer.flush(LONG_S)
    for said, free in (("", 3.0), ("closed: true,", 2.0)):
        context = yard_at(tmp_path, store, now_ns, said)
        site, lot = context.hub.sites[0], main_lot(context)
        ahead = lot_forecast(context, site, lot, 6)
        assert len(ahead) == 12
        assert {(each.free_min, each.free_max) for each in ahead} == {(free, free)}
