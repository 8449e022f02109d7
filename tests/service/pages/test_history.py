"""What the pages draw of the past and of the coming hours, from the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.app import create_app
from service.live.hub import Hub
from service.live.records import LotRecord
from service.pages.history import lot_forecast
from service.routes.context import Context
from service.site.site_file import load_site
from service.store.calendar import HOUR_NS
from service.store.store import Store
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, spot_event

LONG_S = 60


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
