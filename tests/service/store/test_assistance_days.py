"""A tram's figures by day: added up over lives of the service, and every count once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, make_url

from service.cabin.assistance_tally import AssistanceCounts
from service.site.site_file import load_site
from service.store.ageing import DAY_NS
from service.store.database import Database
from service.store.errors import StoreAway
from service.store.page import Span
from service.store.store import Store
from service.store.upkeep import Upkeep
from tests.service.scenes import TRAM_YAML
from tests.service.store.changes import NOON_NS

NOWHERE = make_url("postgresql+psycopg://w@127.0.0.1:1/d")
MORNING = AssistanceCounts(informations=5, cautions=3, alarms=1, watched_s=1800.5, driven_m=9000.25)
EVENING = AssistanceCounts(cautions=1, overspeeds=2, unavailable_s=60.0, driven_m=0.25)


class DeafDatabase(Database):
    """Commits, and loses the line before it can say so."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with super().writing() as connection:
            yield connection
        raise StoreAway("the line was lost")


def drive(store: Store, counts: AssistanceCounts, begin_ns: int = NOON_NS) -> None:
    store.assistance_days.add("line", "cab", begin_ns, counts)


def kept(store: Store) -> dict[int, AssistanceCounts]:
    return {day.begin_ns: day.counts for day in store.assistance_days.read("line", "cab")}


def test_a_day_adds_up_over_restarts_and_stands_beside_others(address):
    for counts in (MORNING, EVENING):
        store = Store.open(address)
        drive(store, counts)
        store.close()
    store = Store.open(address)
    drive(store, EVENING, NOON_NS + DAY_NS)
    store.assistance_days.add("line", "other cab", NOON_NS, EVENING)
    for _ in range(2):
        store.put_waiting()
    assert kept(store) == {NOON_NS: MORNING + EVENING, NOON_NS + DAY_NS: EVENING}
    (second,) = store.assistance_days.read("line", "cab", Span(NOON_NS + 1, NOON_NS + 2 * DAY_NS))
    assert second.counts == EVENING
    store.close()


def test_what_is_counted_while_the_database_is_away_is_kept_later(store, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(store.assistance_days, "_database", Database(NOWHERE))
        for counts in (MORNING, EVENING):
            drive(store, counts)
            with pytest.raises(StoreAway):
                store.put_waiting()
    assert kept(store) == {}
    store.put_waiting()
    assert kept(store) == {NOON_NS: MORNING + EVENING}


def test_what_was_committed_before_the_line_broke_counts_once(store, monkeypatch):
    deaf = DeafDatabase(store.database.url)
    drive(store, MORNING)
    with monkeypatch.context() as broken:
        broken.setattr(store.assistance_days, "_database", deaf)
        with pytest.raises(StoreAway):
            store.put_waiting()
    deaf.close()
    drive(store, EVENING)
    store.put_waiting()
    assert kept(store) == {NOON_NS: MORNING + EVENING}


def test_upkeep_keeps_days_as_long_as_the_site_file_says(tmp_path, store):
    (tmp_path / "line.yaml").write_text(f"{TRAM_YAML}retention: {{usage_days: 90}}\n")
    site = load_site(tmp_path / "line.yaml")
    for days in (0, 60):
        drive(store, MORNING, NOON_NS + days * DAY_NS)
    Upkeep(store, lambda: [site], clock_ns=lambda: NOON_NS + 80 * DAY_NS).run_once()
    assert len(kept(store)) == 2
    Upkeep(store, lambda: [site], clock_ns=lambda: NOON_NS + 100 * DAY_NS).run_once()
    assert list(kept(store)) == [NOON_NS + 60 * DAY_NS]
