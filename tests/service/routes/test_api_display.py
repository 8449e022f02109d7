"""The stream to a cabin display, from a really running server."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from service.cameras.mission import TramMission
from service.cameras.stage_timer import StageTimer
from service.live.hub import Hub
from service.site.site import Site, TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.running import running_server
from tests.service.scenes import TRAM_YAML, BrightPersons, track_picture
from tests.streams.cameras import wait_until
from vision.frame import Frame


@pytest.fixture
def line(tmp_path) -> Site:
    path = tmp_path / "line.yaml"
    path.write_text(TRAM_YAML)
    return load_site(path)


def make_mission(line: Site) -> TramMission:
    plan = line.cameras[0].plan
    assert isinstance(plan, TramPlan)
    return TramMission("cab", plan, BrightPersons())


def messages(stream: httpx.Response) -> Iterator[dict[str, Any]]:
    for text in stream.iter_lines():
        if text.startswith("data: "):
            yield json.loads(text[6:])


def test_display_hears_of_a_picture_at_once_and_never_out_of_order(line, monkeypatch):
    monkeypatch.setattr("service.routes.alerts.HEARTBEAT_S", 60.0)
    hub, mission = Hub([line]), make_mission(line)
    with running_server(hub) as root, httpx.stream("GET", f"{root}/api/v1/alerts/cab/live") as live:
        heard = messages(live)
        first = next(heard)
        assert (first["sequence"], first["picture_age_s"], first["level"]) == (
            1,
            None,
            "unavailable",
        )
        for count in range(1, 4):
            now_ns = time.time_ns()
            frame = Frame("cab", count, now_ns, track_picture(None, count))
            hub.publish("line", mission.update(frame, 0, StageTimer()), frame, now_ns)
            message = next(heard)  # only the picture can have caused it
            assert message["sequence"] == count + 1
            assert 0 <= message["picture_age_s"] < 60
            assert datetime.fromisoformat(message["sent_at"]).utcoffset() is not None
        hub.close()
        assert list(heard) == []


def test_display_is_spoken_to_without_pictures(line):
    with (
        running_server(Hub([line])) as root,
        httpx.stream("GET", f"{root}/api/v1/alerts/cab/live") as live,
    ):
        heard = messages(live)
        said = [next(heard) for _ in range(4)]
    assert [each["sequence"] for each in said] == [1, 2, 3, 4]
    moments = [each["sent_at"] for each in said]
    assert moments == sorted(set(moments))


def test_nobody_listens_after_a_display_has_gone(line):
    hub = Hub([line])
    with running_server(hub) as root:
        with httpx.stream("GET", f"{root}/api/v1/alerts/cab/live") as live:
            heard = messages(live)
            next(heard)
            assert hub.listener_count == 1
        assert wait_until(lambda: hub.listener_count == 0)


def alert_ids(mission: TramMission, begin_s: int) -> set[int]:
    """Ids of the alerts of one pass of a clip in which a person comes onto the rails."""
    found = set()
    for count in range(15):
        now_ns = begin_s * NS_PER_S + count * NS_PER_S // 10
        frame = Frame("cab", count, now_ns, track_picture(130 if count > 2 else None, count))
        alert_id = mission.update(frame, 0, StageTimer()).alert.alert_id
        if alert_id is not None:
            found.add(alert_id)
    return found


def test_alert_number_never_comes_again_when_a_clip_begins_anew(line):
    mission = make_mission(line)
    seen: set[int] = set()
    for turn in range(3):
        ids = alert_ids(mission, 100 * turn)
        assert ids
        assert not ids & seen
        seen |= ids
        mission.forget()
    mission.forget()
    assert not alert_ids(mission, 900) & seen
