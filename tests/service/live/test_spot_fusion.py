from dataclasses import replace

import pytest

from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.live.hub import Hub
from service.live.spot_fusion import Vote, fuse_votes
from service.site.site import ParkingPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.scenes import LOT_YAML, BrightSpots, lot_picture
from vision.frame import Frame
from vision.parking.spot_state import SpotState, SpotStatus, UnknownReason, first_spot_state


def state(status: str, log_odds: float = 0.0, reason: str | None = None, at: int = 10) -> SpotState:
    return replace(
        first_spot_state(0),
        status=SpotStatus(status),
        reason=UnknownReason(reason) if reason else None,
        occupied_log_odds=log_odds,
        confidence=0.9 if status in ("free", "occupied") else 0.0,
        observed_at_ns=at,
        changed_at_ns=at,
        valid_until_ns=at + 100,
    )


def fuse(states: list[SpotState], weights: list[float] | None = None) -> SpotState:
    shares = weights or [1.0] * len(states)
    votes = [Vote(f"camera-{n}", *pair) for n, pair in enumerate(zip(states, shares, strict=True))]
    return fuse_votes(votes)


FREE, OCCUPIED = state("free", -3.0), state("occupied", 3.0)
LOST, DARK = state("unknown", reason="camera_lost"), state("unknown", reason="dark", at=20)


@pytest.mark.parametrize(
    ("states", "status", "reason"),
    [
        pytest.param([FREE], "free", None, id="one camera"),
        pytest.param([FREE, FREE], "free", None, id="two agree"),
        pytest.param([LOST, OCCUPIED], "occupied", None, id="one does not know"),
        pytest.param([LOST, DARK], "unknown", "dark", id="nobody knows, the newest says why"),
        pytest.param([FREE, OCCUPIED], "unknown", "undecided", id="they contradict"),
        pytest.param([state("free", -1.5), OCCUPIED], "occupied", None, id="one is much surer"),
        pytest.param([FREE, state("closed")], "closed", None, id="closed is closed"),
    ],
)
def test_cameras_together(states, status, reason):
    for order in (states, states[::-1]):
        fused = fuse(order)
        assert (fused.status, fused.reason) == (status, reason)


def test_agreement_makes_no_surer_but_is_as_fresh_as_the_newest():
    fused = fuse([state("free", -3.0, at=10), state("free", -2.0, at=50)])
    assert (fused.confidence, fused.changed_at_ns, fused.valid_until_ns) == (0.9, 10, 150)


def test_contradiction_has_no_confidence():
    assert fuse([FREE, OCCUPIED]).confidence == 0.0


def test_spot_of_two_cameras_is_counted_once_and_survives_the_loss_of_one(tmp_path):
    text = LOT_YAML + LOT_YAML[LOT_YAML.index("  - id: north") :].replace("north", "south")
    (tmp_path / "yard.yaml").write_text(text)
    site = load_site(tmp_path / "yard.yaml")
    hub = Hub([site])
    missions = {}
    for camera in site.cameras:
        assert isinstance(camera.plan, ParkingPlan)
        missions[camera.camera_id] = ParkingMission(camera.plan, BrightSpots())
    now_ns = 0
    for count in range(40):
        now_ns = count * NS_PER_S // 10
        for name, mission in missions.items():
            frame = Frame(name, count, now_ns, lot_picture({"A1"}, count))
            hub.publish("yard", mission.update(frame, now_ns, StageTimer()), frame)
    assert [lot.text for lot in hub.lots("yard", now_ns)] == ["2 free", "1 free"]
    assert hub.lots("yard", now_ns)[0].total == 3
    hub.publish("yard", missions["north"].lose(now_ns))
    assert [lot.text for lot in hub.lots("yard", now_ns)] == ["2 free", "1 free"]
    hub.publish("yard", missions["south"].lose(now_ns))
    assert hub.lots("yard", now_ns)[0].text == "0–3 free"
