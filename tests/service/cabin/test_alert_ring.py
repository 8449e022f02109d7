"""Pictures around alerts: kept only where the operator wants it, masked, bounded, replayable."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.cabin.alert_bundle import FALSE, KEPT, drop_oldest
from service.cabin.alert_ring import AlertRing, masked_picture, rings_in
from service.cameras.mission import TramMission
from service.live.hub import Hub
from service.site.site import Site, TramPlan
from service.site.site_file import load_site
from tests.service.cli.programs import wayside
from tests.service.scenes import TRAM_YAML, BrightPersons, track_picture
from tests.streams.cameras import wait_until
from vision.frame import Frame
from vision.stages import UNTIMED
from vision.tram.watch import TramResult

RATE_HZ = 10
LATER_ID = 9 * 10**12
RING = "      ring: {before_s: 2, after_s: 1, most_mb: 50}\n"


def line(folder: Path, text: str = TRAM_YAML + RING) -> Site:
    (folder / "line.yaml").write_text(text)
    return load_site(folder / "line.yaml")


def near_miss(site: Site) -> list[tuple[Frame, TramResult]]:
    """A person steps onto the rails right ahead and stays for a second; 6 s in all."""
    plan = site.cameras[0].plan
    assert isinstance(plan, TramPlan)
    mission = TramMission("cab", plan, BrightPersons())
    seen = []
    for number in range(6 * RATE_HZ):
        is_there = 25 <= number < 35
        picture = track_picture(130 if is_there else None, number)
        frame = Frame("cab", number, 10**18 + number * 10**9 // RATE_HZ, picture)
        seen.append((frame, mission.update(frame, 0, UNTIMED)))
    return seen


def kept(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / "line" / "cab" / kind).glob("*"))


def ring_of(site: Site, hub: Hub, folder: Path) -> AlertRing:
    ring = rings_in(folder, hub)(site, site.cameras[0])
    assert ring is not None
    return ring


def feed(ring: AlertRing, seen: list[tuple[Frame, TramResult]]) -> None:
    """As fast as the ring takes them."""
    for frame, result in seen:
        before = ring.dropped
        ring.offer(frame, result)
        while ring.dropped > before:
            before = ring.dropped
            assert wait_until(lambda: not ring._queue.full())
            ring.offer(frame, result)


def test_nothing_is_kept_unless_the_site_file_says_so(tmp_path):
    site = line(tmp_path, TRAM_YAML)
    assert rings_in(tmp_path, Hub([site]))(site, site.cameras[0]) is None


def test_bundle_of_a_false_alarm_replays_with_one_command(tmp_path, monkeypatch, capsys):
    site = line(tmp_path)
    hub, seen = Hub([site]), near_miss(site)
    ring = ring_of(site, hub, tmp_path / "data")
    ring.start()
    feed(ring, seen)
    assert wait_until(lambda: len(kept(tmp_path / "data", KEPT)) == 1)
    alert_id = next(r.alert.alert_id for _, r in seen if r.alert.alert_id is not None)
    hub.cabins.mark_false("line", "cab", alert_id)
    assert wait_until(lambda: len(kept(tmp_path / "data", FALSE)) == 1)
    ring.stop()
    assert kept(tmp_path / "data", KEPT) == []
    (bundle,) = kept(tmp_path / "data", FALSE)
    description = json.loads((bundle / "evidence.json").read_text())
    assert description["level"] in ("caution", "alarm")
    votes = [json.loads(row) for row in (bundle / "votes.jsonl").read_text().splitlines()]
    assert votes[-1]["t_s"] == pytest.approx(3.0, abs=0.2)
    assert {row["level"] for row in votes} >= {"clear", description["level"]}
    monkeypatch.chdir(bundle)
    code = wayside(
        monkeypatch,
        *("replay", "clip.mkv", "--site", "site.yaml", "--truth", "truth.json", "--json"),
    )
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["frames"] == len(votes)
    assert summary["truth"]["limits"] == {"most_false_alarm_share": 0.0}
    assert code == (0 if summary["truth"]["ok"] else 1)


def test_bundle_from_further_on_the_line_replays_without_the_limits_of_its_beginning(
    tmp_path, monkeypatch, capsys
):
    limits = "{stretches: [{from_m: 0, to_m: 9, kmh: 20}, {from_m: 9, to_m: 900, kmh: 60}]}"
    site = line(tmp_path, f"{TRAM_YAML}{RING}      limits: {limits}\n")
    ring = ring_of(site, Hub([site]), tmp_path / "data")
    ring.start()
    feed(ring, near_miss(site))
    ring.stop()
    (bundle,) = kept(tmp_path / "data", KEPT)
    monkeypatch.chdir(bundle)
    assert wayside(monkeypatch, "replay", "clip.mkv", "--site", "site.yaml", "--json") == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["assistance"]["cab"]["overspeeds"] == 0


def test_alert_called_false_at_once_is_put_aside(tmp_path):
    site = line(tmp_path)
    hub, seen = Hub([site]), near_miss(site)
    ring = ring_of(site, hub, tmp_path / "data")
    alert = next(n for n, (_, r) in enumerate(seen) if r.alert.level in ("caution", "alarm"))
    ring.start()
    feed(ring, seen[: alert + 1])
    hub.cabins.mark_false("line", "cab", seen[alert][1].alert.alert_id or 0)
    ring.stop()
    assert len(kept(tmp_path / "data", FALSE)) == 1


def test_site_file_that_is_being_edited_costs_one_bundle_and_not_the_ring(tmp_path):
    site = line(tmp_path)
    ring = ring_of(site, Hub([site]), tmp_path / "data")
    seen = near_miss(site)
    alert = next(n for n, (_, r) in enumerate(seen) if r.alert.level in ("caution", "alarm"))
    whole = site.path.read_text()
    ring.start()
    site.path.write_text(whole + "cameras: [{id: ca")
    feed(ring, seen)
    assert wait_until(ring._queue.empty)
    assert wait_until(lambda: not ring._waiting)
    site.path.write_text(whole)
    later = [
        (
            replace(frame, timestamp_ns=frame.timestamp_ns + 60 * 10**9),
            replace(result, alert=replace(result.alert, alert_id=LATER_ID)),
        )
        for frame, result in seen
    ]
    feed(ring, later[: alert + 1])
    ring.stop()
    (bundle,) = kept(tmp_path / "data", KEPT)
    assert bundle.name.endswith(f"-{LATER_ID}")
    assert list(bundle.parent.parent.iterdir()) == [bundle.parent], "nothing half-written stays"


def test_heads_in_kept_pictures_are_masked(tmp_path):
    site = line(tmp_path)
    frame, result = next((f, r) for f, r in near_miss(site) if r.obstacles)
    striped = frame.image.copy()
    left, top, right, bottom = (round(value) for value in result.obstacles[0].xyxy)
    striped[top:bottom:2, left:right] = 0
    marked = Frame("cab", 0, frame.timestamp_ns, striped)
    picture = masked_picture(marked, result)
    shown = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    head = slice(top, top + round(0.25 * (bottom - top))), slice(left, right)
    assert shown[head].std() < 0.5 * striped[head].std()


def test_disk_stays_bounded_and_false_alarms_go_last(tmp_path):
    for kind, name in ((KEPT, "1"), (KEPT, "2"), (FALSE, "0")):
        folder = tmp_path / kind / name
        folder.mkdir(parents=True)
        (folder / "clip.mkv").write_bytes(bytes(1000))
    gone = drop_oldest(tmp_path, most_bytes=1500)
    assert [each.name for each in gone] == ["1", "2"]
    assert (tmp_path / FALSE / "0").exists()
