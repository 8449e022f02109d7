import stat

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from service.live.weather import Weather, WeatherReport
from service.site.retention import Retention
from service.site.site_file import load_site
from service.store.ageing import DAY_NS
from service.store.database import Database
from service.store.errors import StoreAway
from service.store.outbox import Letter
from service.store.store import Store
from service.store.upkeep import Upkeep
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, spot_event

LONG_S = 60
NOWHERE = make_url("postgresql+psycopg://w@127.0.0.1:1/d")
FOREVER = "retention: {changes_days: 3, usage_days: 90}\n"


def test_upkeep_counts_removes_and_forgets_spots_that_are_gone(tmp_path, store):
    (tmp_path / "yard.yaml").write_text(LOT_YAML + FOREVER)
    site = load_site(tmp_path / "yard.yaml")
    assert site.retention == Retention(changes_days=3, usage_days=90)
    now_ns = NOON_NS + 5 * DAY_NS
    store.writer.start(["yard"])
    store.writer.offer(
        [
            spot_event(1, "A1", "free"),
            spot_event(2, "A1", "occupied"),
            spot_event(3, "old", "occupied"),
        ]
    )
    assert store.writer.flush(LONG_S)
    upkeep = Upkeep(store, lambda: [site], clock_ns=lambda: now_ns)
    upkeep.run_once()
    stays, old = store.spot_history.page("yard").rows
    assert (old.spot_id, old.status, old.at_ns) == ("old", "unknown", now_ns)
    assert old.event_id is None
    assert (stays.event_id, stays.status) == (2, "occupied"), "the last state, however old"
    assert store.marks.get("counted_day_ns:yard") is not None
    upkeep.run_once()
    assert len(store.spot_history.page("yard").rows) == 2


def test_upkeep_goes_on_with_the_rest_where_a_part_of_it_fails(tmp_path, store, monkeypatch):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    site = load_site(tmp_path / "yard.yaml")
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1, "A1", "free")])
    assert store.writer.flush(LONG_S)
    with monkeypatch.context() as away:
        away.setattr(store.weather_reports, "_database", Database(NOWHERE))
        with pytest.raises(StoreAway):
            store.weather_reports.put("yard", WeatherReport(Weather.RAIN, 1, 100))
        Upkeep(store, lambda: [site], clock_ns=lambda: NOON_NS + DAY_NS).run_once()
    assert store.marks.get("counted_day_ns:yard") is not None


def test_a_database_that_is_away_is_told_once_and_not_for_every_site(tmp_path):
    sites = []
    for name in ("yard", "quay"):
        (tmp_path / "one.yaml").write_text(LOT_YAML.replace("site: yard", f"site: {name}"))
        sites.append(load_site(tmp_path / "one.yaml"))
    upkeep = Upkeep(Store(str(NOWHERE), environment={}), lambda: sites)
    for _ in range(2):
        with capture_logs() as logs:
            upkeep.run_once()
        assert [each["event"] for each in logs] == ["upkeep of the store put off"]


def keep_picture(store: Store, site_id: str, taken_ns: int) -> int:
    return store.audits.add(
        site_id=site_id,
        lot_id="main",
        camera_id="north",
        spot_id="A1",
        taken_ns=taken_ns,
        told="free",
        confidence=0.9,
        picture=b"jpeg",
    )


@pytest.mark.parametrize(
    ("retention", "age_days", "is_kept"),
    [
        pytest.param("", 29, True, id="not old enough by default"),
        pytest.param("", 31, False, id="too old by default"),
        pytest.param("retention: {pictures_days: 0.5}", 1, False, id="too old by its file"),
        pytest.param("retention: {pictures_days: 365}", 31, True, id="kept for a year by its file"),
        pytest.param(
            "retention: {pictures_days: 1.0e+9, changes_days: 1.0e+9}",
            9000,
            True,
            id="kept for ever by its file",
        ),
    ],
)
def test_pictures_of_a_removed_site_go_when_its_file_would_have_let_them(
    tmp_path, store, retention, age_days, is_kept
):
    (tmp_path / "yard.yaml").write_text(f"{LOT_YAML}{retention}\n")
    sites = [load_site(tmp_path / "yard.yaml")]
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1)])
    assert store.writer.flush(LONG_S)
    picture = keep_picture(store, "yard", NOON_NS)
    Upkeep(store, lambda: sites, clock_ns=lambda: NOON_NS).run_once()
    sites.clear()
    later_ns = NOON_NS + age_days * DAY_NS
    Upkeep(store, lambda: sites, clock_ns=lambda: later_ns).run_once()
    assert (store.audits.picture(picture) is not None) == is_kept


def test_nothing_goes_of_a_removed_site_whose_retention_was_never_kept(store):
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1), spot_event(2)])
    assert store.writer.flush(LONG_S)
    picture = keep_picture(store, "yard", NOON_NS)
    Upkeep(store, list, clock_ns=lambda: NOON_NS + 9000 * DAY_NS).run_once()
    assert store.audits.picture(picture) == b"jpeg"
    assert len(store.spot_history.page("yard").rows) == 2


def test_messages_to_a_receiver_that_is_gone_for_good_do_not_pile_up(store):
    now_ns = NOON_NS + 10 * DAY_NS
    store.outbox.add(
        Letter("gone", f"yard/{day}", "{}", NOON_NS + day * DAY_NS, due_ns=now_ns)
        for day in range(10)
    )
    Upkeep(store, list, clock_ns=lambda: now_ns).run_once()
    waiting = [each.event_key for each in store.outbox.waiting("gone")]
    assert waiting == ["yard/6", "yard/7", "yard/8", "yard/9"], "three days and one to let go"


def test_a_database_file_is_nobody_elses_to_read(tmp_path):
    store = Store.open(str(tmp_path / "data" / "store.sqlite"))
    assert store.database.path is not None
    assert stat.S_IMODE(store.database.path.stat().st_mode) == 0o600
    store.close()
