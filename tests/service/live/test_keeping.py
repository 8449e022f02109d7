import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from service.live.hub import Hub
from service.live.keeping import kept, open_store
from service.live.weather import Weather, WeatherReport
from service.site.site_file import load_site
from service.store.ageing import DAY_NS
from service.store.database import Database
from service.store.errors import StoreAway, StoreRefused
from service.store.store import Store
from service.store.upkeep import Upkeep
from tests.service.scenes import LOT_YAML, TRAM_YAML

NOWHERE = make_url("postgresql+psycopg://w@127.0.0.1:1/d")


def _weather_in_one_life(folder: Path, report: WeatherReport | None) -> WeatherReport | None:
    (folder / "yard.yaml").write_text(LOT_YAML)
    hub = Hub([load_site(folder / "yard.yaml")])
    with kept(hub, Store.open(str(folder / "wayside.sqlite"))):
        if report is not None:
            hub.weathers.take("yard", report)
        return hub.weathers.report("yard")


def test_reported_weather_outlives_the_service(tmp_path):
    rain, fog = WeatherReport(Weather.RAIN, 1, 100), WeatherReport(Weather.FOG, 2, 100)
    assert _weather_in_one_life(tmp_path, None) is None
    for report in (rain, fog, rain):  # the last one comes late
        _weather_in_one_life(tmp_path, report)
    assert _weather_in_one_life(tmp_path, None) == fog


@pytest.mark.parametrize("until", ["upkeep", "the end of the service"])
def test_weather_told_while_the_database_is_away_is_kept_later(tmp_path, monkeypatch, until):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    sites = [load_site(tmp_path / "yard.yaml")]
    hub, store = Hub(sites), Store.open(str(tmp_path / "wayside.sqlite"))
    rain, fog = WeatherReport(Weather.RAIN, 1, 100), WeatherReport(Weather.FOG, 2, 100)
    with kept(hub, store):
        with monkeypatch.context() as away:
            away.setattr(store.weather_reports, "_database", Database(NOWHERE))
            for report in (rain, fog):
                assert hub.weathers.take("yard", report), "told at once all the same"
        assert store.weather_reports.all() == {}
        if until == "upkeep":
            Upkeep(store, lambda: sites).run_once()
            assert store.weather_reports.all() == {"yard": fog}
    assert _weather_in_one_life(tmp_path, None) == fog


@pytest.mark.parametrize("until", ["upkeep", "the end of the service"])
def test_weather_that_the_database_refuses_holds_nothing_up(tmp_path, until):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    sites = [load_site(tmp_path / "yard.yaml")]
    hub, store = Hub(sites), Store.open(str(tmp_path / "wayside.sqlite"))
    with kept(hub, store):
        hub.weathers.take("yard", WeatherReport(Weather.RAIN, -(2**64), 100))
        assert store.weather_reports.all() == {}
        if until == "upkeep":
            Upkeep(store, lambda: sites).run_once()
    assert _weather_in_one_life(tmp_path, None) is None


def test_false_alarms_outlive_the_service_until_alerts_are_too_old(tmp_path, monkeypatch):
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    sites, address = [load_site(tmp_path / "line.yaml")], str(tmp_path / "wayside.sqlite")
    hub, store = Hub(sites), Store.open(address)
    with kept(hub, store):
        assert hub.cabins.mark_false("line", "cab", 7)
        with monkeypatch.context() as away:
            away.setattr(store.false_alarms, "_database", Database(NOWHERE))
            assert hub.cabins.mark_false("line", "cab", 9), "counted at once all the same"
    hub, store = Hub(sites), Store.open(address)
    with kept(hub, store):
        known = [hub.cabins.is_false("line", "cab", number) for number in (7, 8, 9)]
        assert known == [True, False, True]
        assert not hub.cabins.mark_false("line", "cab", 7), "known already"
        assert hub.cabins.tally("line", "cab").false_alarms == 0, "counted since this start"
        later_ns = time.time_ns() + round((sites[0].retention.alerts_days + 1) * DAY_NS)
        Upkeep(store, lambda: sites, clock_ns=lambda: later_ns).run_once()
        assert store.false_alarms.all() == set()


def test_a_file_is_opened_at_once_or_refused(tmp_path):
    store = open_store(str(tmp_path / "store.sqlite"))
    assert store.database.schema_version()
    store.close()
    (tmp_path / "no.sqlite").write_text("this is no database, it is a text of some length")
    with pytest.raises(StoreRefused, match=r"no\.sqlite: it is not a database"):
        open_store(str(tmp_path / "no.sqlite"))
    with pytest.raises(StoreRefused, match="Is a directory"):
        open_store(str(tmp_path))
    with pytest.raises(StoreRefused, match="cannot keep data in"):
        open_store("mysql://me:s3cret@h/d")


def test_a_server_that_is_away_is_named_without_its_password():
    store = open_store("postgresql://w:s3cret@127.0.0.1:1/d")
    assert not store.database.is_open
    with pytest.raises(StoreAway, match=r"w:\*\*\*@127\.0\.0\.1:1/d does not answer"):
        store.keys.all()
    store.close()


def test_who_asks_soon_after_waits_for_no_second_try():
    store = Store("postgresql://w@127.0.0.1:1/d")
    found: list[StoreAway] = []
    for _ in range(2):
        with pytest.raises(StoreAway) as raised:
            store.database.open()
        found.append(raised.value)
    assert str(found[0]) == str(found[1])
    assert found[0].__cause__ is not None
    assert found[1].__cause__ is None, "told what the first try found"
    store.close()
