import stat

from service.site.retention import Retention
from service.site.site_file import load_site
from service.store.ageing import DAY_NS
from service.store.store import Store
from service.store.upkeep import Upkeep
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, spot_event

LONG_S = 60
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


def test_a_database_file_is_nobody_elses_to_read(tmp_path):
    store = Store.open(str(tmp_path / "data" / "store.sqlite"))
    assert store.database.path is not None
    assert stat.S_IMODE(store.database.path.stat().st_mode) == 0o600
    store.close()
