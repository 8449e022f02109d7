import asyncio
import threading

import numpy as np
import pytest

from service.cameras.mission import ParkingMission, TramMission
from service.cameras.stage_timer import StageTimer
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.site.site import ParkingPlan, Site, TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.scenes import (
    LOT_YAML,
    TRAM_YAML,
    BrightPersons,
    BrightSpots,
    lot_picture,
    track_picture,
)
from vision.frame import Frame


@pytest.fixture
def yard(tmp_path) -> Site:
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    return load_site(tmp_path / "yard.yaml")


@pytest.fixture
def line(tmp_path) -> Site:
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    return load_site(tmp_path / "line.yaml")


class Lot:
    """Publishes pictures of the yard, ten in a second of its own time."""

    def __init__(self, site: Site, hub: Hub) -> None:
        plan = site.cameras[0].plan
        assert isinstance(plan, ParkingPlan)
        self.mission = ParkingMission(plan, BrightSpots())
        self.hub, self.now_ns, self._count = hub, 0, 0

    def show(self, cars: str, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            frame = Frame("north", self._count, self.now_ns, lot_picture(cars.split(), self._count))
            result = self.mission.update(frame, self.now_ns, StageTimer())
            self.hub.publish("yard", result, frame)
            self.now_ns += NS_PER_S // 10
            self._count += 1


def states(hub: Hub, now_ns: int) -> dict[str, str]:
    return {spot.spot_id: spot.status for spot in hub.spots("yard", now_ns)}


def told(hub: Hub) -> list[str]:
    return [f"{event.type} {event.subject}" for event in hub.recent(1000)]


def test_before_the_first_picture_all_is_unknown(yard):
    hub = Hub([yard])
    assert set(states(hub, 5).values()) == {"unknown"}
    lot = hub.lots("yard", 5)[0]
    assert (lot.text, lot.reason, lot.confidence) == ("0–3 free", "no_picture_yet", 0.0)
    assert told(hub) == []


def test_car_parks_and_the_lot_counts_it(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    assert states(hub, lot.now_ns) == {"A1": "occupied", "A2": "free", "A3": "free", "B1": "free"}
    lot.show("A1 A2", 3)
    assert states(hub, lot.now_ns)["A2"] == "occupied"
    assert hub.lots("yard", lot.now_ns)[0].text == "1 free"


def test_only_changes_become_events(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    first = told(hub)
    assert sorted(set(first)) == [
        "lot.changed back",
        "lot.changed main",
        *(f"spot.changed {name}" for name in ("A1", "A2", "A3", "B1")),
    ]
    lot.show("A1", 3)
    assert told(hub) == first
    lot.show("A1 B1", 3)
    assert told(hub)[len(first) :] == ["spot.changed B1", "lot.changed back"]
    ids = [event.id for event in hub.recent(1000)]
    assert ids == sorted(set(ids))


def test_event_carries_the_whole_state(yard):
    hub = Hub([yard])
    Lot(yard, hub).show("A1", 3)
    event = [each for each in hub.recent(99) if each.subject == "A1"][-1]
    assert event.data["status"] == "occupied"
    assert event.data["observed_at"].startswith("1970-01-01T00:00:0")
    for name in ("changed_at", "valid_until", "confidence", "reason"):
        assert name in event.data


def test_state_that_nobody_confirms_becomes_stale(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    late_ns = lot.now_ns + 61 * NS_PER_S
    spot = hub.spots("yard", late_ns)[0]
    assert (spot.status, spot.reason, spot.confidence) == ("unknown", "stale", 0.0)
    assert hub.lots("yard", late_ns)[0].text == "0–3 free"


def test_lost_camera_makes_its_spots_unknown(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    hub.publish("yard", lot.mission.lose(lot.now_ns))
    spots = hub.spots("yard", lot.now_ns)
    assert {(spot.status, spot.reason) for spot in spots} == {("unknown", "camera_lost")}
    assert hub.view("yard", "north") is not None


def test_display_grows_unavailable_without_new_pictures(line):
    hub = Hub([line])
    assert hub.alerts("line", 0)[0].level == "unavailable"
    plan = line.cameras[0].plan
    assert isinstance(plan, TramPlan)
    mission = TramMission("cab", plan, BrightPersons())
    now_ns = 0
    for count in range(10):
        now_ns = count * NS_PER_S // 10
        frame = Frame("cab", count, now_ns, track_picture(None, count))
        hub.publish("line", mission.update(frame, now_ns, StageTimer()), frame)
    assert hub.alerts("line", now_ns)[0].level == "clear"
    assert hub.recent(1)[0].data["level"] == "clear"
    late = hub.alerts("line", now_ns + 2 * NS_PER_S)[0]
    assert (late.level, late.reason, late.confidence) == ("unavailable", "no_picture", 0.0)
    slow = CameraState(CameraStatus.LIVE, latency_ms=600.0)
    hub.publish_camera("line", "cab", slow, now_ns)
    assert hub.alerts("line", now_ns + 2 * NS_PER_S)[0].reason == "overloaded"
    assert hub.alerts("line", now_ns)[0].level == "clear"


def test_camera_event_only_when_status_or_reason_changes(yard):
    hub = Hub([yard])
    for now_ns, status, reason in [
        (1, CameraStatus.LIVE, None),
        (2, CameraStatus.LIVE, None),
        (3, CameraStatus.LOST, "gone"),
        (4, CameraStatus.LOST, "gone"),
        (5, CameraStatus.LIVE, None),
    ]:
        hub.publish_camera("yard", "north", CameraState(status=status, reason=reason), now_ns)
    assert [event.data["status"] for event in hub.recent(9)] == ["live", "lost", "live"]
    assert hub.cameras("yard")[0].changed_at == "1970-01-01T00:00:00.000Z"


def publish_changes(hub: Hub, count: int) -> None:
    for number in range(count):
        state = CameraState(status=CameraStatus.LOST, reason=f"reason {number}")
        hub.publish_camera("yard", "north", state, number)


def test_reader_resumes_after_its_last_event(yard):
    async def story() -> tuple[list[int], bool]:
        hub = Hub([yard])
        publish_changes(hub, 10)
        subscription = hub.subscribe(after_id=7)
        return [event.id for event in await subscription.next(1)], subscription.has_gap

    assert asyncio.run(story()) == ([8, 9, 10], False)


@pytest.mark.parametrize(
    ("after_id", "has_gap"),
    [
        pytest.param(20, False, id="up to date"),
        pytest.param(15, False, id="oldest kept event is the next"),
        pytest.param(14, True, id="one is gone"),
        pytest.param(99, True, id="id of another life"),
    ],
)
def test_reader_is_told_of_a_gap(yard, after_id, has_gap):
    async def story() -> bool:
        hub = Hub([yard], ring_size=5)
        publish_changes(hub, 20)
        return hub.subscribe(after_id=after_id).has_gap

    assert asyncio.run(story()) is has_gap


def test_reader_resumes_over_a_restart(yard):
    """Ids jump over a restart; what the life before could keep is there, and no more."""

    async def story() -> tuple[list[int], list[bool]]:
        before = Hub([yard])
        publish_changes(before, 10)
        after = Hub([yard], first_event_id=1000, earlier=before.recent(8))
        publish_changes(after, 2)
        subscription = after.subscribe(after_id=8)
        ids = [event.id for event in await subscription.next(1)]
        return ids, [after.subscribe(after_id=each).has_gap for each in (3, 2, 10, 11, 1000)]

    assert asyncio.run(story()) == ([9, 10, 1000, 1001], [False, True, False, True, False])


def test_many_readers_all_hear_every_change(yard):
    async def story() -> list[int]:
        hub = Hub([yard])
        readers = [hub.subscribe() for _ in range(300)]
        await asyncio.to_thread(publish_changes, hub, 3)
        return [len(await reader.next(1)) for reader in readers]

    assert asyncio.run(story()) == [3] * 300


def test_slow_reader_is_cut_and_does_not_hold_up_others(yard):
    async def story() -> tuple[bool, bool, int]:
        hub = Hub([yard])
        slow, quick = hub.subscribe(longest=10), hub.subscribe(longest=10)
        got = 0
        for _ in range(5):
            await asyncio.to_thread(publish_changes, hub, 8)
            got += len(await quick.next(1))
        return slow.is_cut, quick.is_cut, got

    assert asyncio.run(story()) == (True, False, 40)


def test_closing_ends_every_stream(yard):
    async def story() -> tuple[list[object], bool, bool]:
        hub = Hub([yard])
        subscription = hub.subscribe()
        threading.Timer(0.05, hub.close).start()
        news = await subscription.next(10)
        late = hub.subscribe()
        await late.next(10)
        return list(news), subscription.is_closed, late.is_closed

    assert asyncio.run(story()) == ([], True, True)


def test_view_keeps_the_newest_picture(yard):
    hub = Hub([yard])
    assert hub.view("yard", "north") is None
    Lot(yard, hub).show("A1", 0.3)
    view = hub.view("yard", "north")
    assert view is not None
    assert view.frame.frame_id == 2
    assert isinstance(view.frame.image, np.ndarray)
    assert hub.version("yard", "north") == 3


def changed_yard(site: Site, old: str, new: str) -> Site:
    text = LOT_YAML.replace(old, new)
    assert text != LOT_YAML
    site.path.write_text(text)
    return load_site(site.path)


def test_changed_site_keeps_what_is_known_of_spots_that_stayed(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    moved = changed_yard(yard, "[[90, 100]", "[[91, 101]")
    hub.change_sites([moved], lot.now_ns)
    assert states(hub, lot.now_ns) == {
        "A1": "occupied",
        "A2": "unknown",
        "A3": "free",
        "B1": "free",
    }
    assert hub.lots("yard", lot.now_ns)[0].text == "1–2 free"
    assert told(hub)[-2:] == ["spot.changed A2", "lot.changed main"]
    lot.mission = ParkingMission(moved.cameras[0].plan, BrightSpots())  # its camera starts anew
    lot.show("A1", 3)
    assert told(hub)[-2:] == ["spot.changed A2", "lot.changed main"]
    assert hub.lots("yard", lot.now_ns)[0].text == "2 free"


def test_spot_that_goes_to_another_lot_or_group_is_told_at_once(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    moved = changed_yard(yard, "id: A2, lot: main", "id: A2, lot: back, group: electric")
    hub.change_sites([moved], lot.now_ns)
    assert told(hub)[-3:] == ["spot.changed A2", "lot.changed main", "lot.changed back"]
    spot = hub.recent(3)[0].data
    assert (spot["lot_id"], spot["group"], spot["status"]) == ("back", "electric", "free")


def test_spots_that_did_not_change_keep_since_when(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    before = {spot.spot_id: spot.changed_at for spot in hub.spots("yard", lot.now_ns)}
    renamed = changed_yard(yard, "name: Main lot", "name: Front lot")
    hub.change_sites([renamed], lot.now_ns)
    lot.mission = ParkingMission(renamed.cameras[0].plan, BrightSpots())  # its camera starts anew
    lot.show("A1 B1", 3)
    after = {spot.spot_id: spot.changed_at for spot in hub.spots("yard", lot.now_ns)}
    assert [name for name in before if before[name] != after[name]] == ["B1"]
    lot.now_ns += 100 * NS_PER_S  # nobody looks, and the states go stale
    lot.mission = ParkingMission(renamed.cameras[0].plan, BrightSpots())
    lot.show("A1 B1", 3)
    late = {spot.spot_id: spot.changed_at for spot in hub.spots("yard", lot.now_ns)}
    assert all(late[name] > after[name] for name in after), "nobody knows whether it stayed so"


def test_what_was_known_before_a_change_does_not_outlive_its_validity(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    hub.change_sites([changed_yard(yard, "name: Main lot", "name: Front lot")], lot.now_ns)
    late_ns = lot.now_ns + 61 * NS_PER_S
    assert {spot.reason for spot in hub.spots("yard", late_ns)} == {"stale"}


def test_lost_camera_overrules_what_was_known_before_a_change(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    hub.change_sites([changed_yard(yard, "yard.mp4", "other.mp4")], lot.now_ns)
    hub.publish("yard", lot.mission.lose(lot.now_ns))
    assert set(states(hub, lot.now_ns).values()) == {"unknown"}


def test_spot_taken_out_of_service_by_the_file_is_closed_at_once(yard):
    hub = Hub([yard])
    lot = Lot(yard, hub)
    lot.show("A1", 3)
    closed = changed_yard(yard, "{id: B1, lot: back,", "{id: B1, lot: back, closed: true,")
    hub.change_sites([closed], lot.now_ns)
    assert states(hub, lot.now_ns)["B1"] == "closed"
    assert "spot.changed B1" in told(hub)[-3:]


def test_sites_come_and_go(yard, line):
    hub = Hub([yard])
    hub.change_sites([yard, line], 1)
    assert [site.site_id for site in hub.sites] == ["yard", "line"]
    assert hub.alerts("line", 1)[0].level == "unavailable"
    hub.change_sites([line], 2)
    assert hub.site("yard") is None
