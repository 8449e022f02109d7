"""What a site file may say of a tram: speed, limits, silence, pictures; faults in a sentence."""

from pathlib import Path

import pytest

from service.ego_speed.mqtt import MqttOdometry
from service.ego_speed.nmea import NmeaGnss
from service.errors import SiteFileError
from service.site.site import TramPlan
from service.site.site_file import load_site
from tests.service.scenes import TRAM_YAML

SPEED = "speed_mps: 8.0"
ODOMETRY = "mqtt://me:${ODO_PASSWORD}@127.0.0.1/tram/12"


def plan_of(folder: Path, tram: str, secrets: dict[str, str] | None = None) -> TramPlan:
    """The plan where `tram` stands in place of the speed."""
    path = folder / "line.yaml"
    path.write_text(TRAM_YAML.replace(SPEED, tram))
    plan = load_site(path, secrets or {}).cameras[0].plan
    assert isinstance(plan, TramPlan)
    return plan


def test_odometry_with_its_secret_filled_in(tmp_path):
    block = f"speed: {{source: odometry, address: '{ODOMETRY}', field: v.value, unit: m/s}}"
    plan = plan_of(tmp_path, block, {"ODO_PASSWORD": "s3cret"})
    live = plan.speed.live
    assert isinstance(live, MqttOdometry)
    assert live.address == "mqtt://me:s3cret@127.0.0.1/tram/12"
    assert (live.format.speed_field, live.format.unit) == ("v.value", "m/s")
    assert "s3cret" not in repr(plan)
    assert plan.settings.alert.speed_valid_for_s == 0, "the source knows how old its speed is"
    assert plan.ego_speed.at(1.0) is None, "a replay does not listen"


def test_satellites(tmp_path):
    plan = plan_of(tmp_path, "speed: {source: gnss, address: /dev/ttyS1, baud: 4800}")
    assert plan.speed.live == NmeaGnss("/dev/ttyS1", 4800, 1.5)


@pytest.mark.parametrize(
    ("block", "speed_mps"),
    [
        pytest.param("speed: {source: constant, mps: 5}", 5, id="constant"),
        pytest.param("speed: {source: csv, file: v.csv}", 7, id="recording"),
        pytest.param("speed: {source: estimated}", None, id="from the picture"),
    ],
)
def test_speed_that_a_replay_knows(tmp_path, block, speed_mps):
    (tmp_path / "v.csv").write_text("t_s,speed_mps\n0,7\n1,8\n")
    plan = plan_of(tmp_path, block)
    assert plan.ego_speed.at(0.5) == speed_mps
    assert plan.speed.is_estimated == (speed_mps is None)


def test_limits_silence_and_ring(tmp_path):
    block = """speed_mps: 8.0
      silent: true
      ring: {before_s: 5, most_mb: 100}
      limits:
        stretches: [{from_m: 0, to_m: 400, kmh: 50}, {from_m: 400, to_m: 460, kmh: 20}]"""
    plan = plan_of(tmp_path, block)
    assert plan.is_silent
    assert plan.ring is not None
    assert (plan.ring.before_s, plan.ring.most_bytes) == (5, 100_000_000)
    assert [each.limit_mps * 3.6 for each in plan.overspeed.stretches] == pytest.approx([50, 20])


def test_by_default_nothing_is_limited_silent_or_kept(tmp_path):
    plan = plan_of(tmp_path, SPEED)
    assert (plan.overspeed.stretches, plan.is_silent, plan.ring) == ((), False, None)


LIMITS = "speed_mps: 8.0\n      limits: "
FAULTS = {
    "unknown source": (
        "speed: {source: guess}",
        "source must be constant, csv, odometry, gnss or estimated, got 'guess'",
    ),
    "no source": ("speed: {mps: 3}", "source is missing; wanted constant, csv, odometry"),
    "two speeds": (
        "speed_mps: 8.0\n      speed: {source: estimated}",
        "speed and speed_mps exclude each other",
    ),
    "bad address": (
        "speed: {source: odometry, address: 'http://x/y'}",
        "cameras.0.tram.speed.address (line 9): wanted mqtt://host:port/topic, got 'http://x/y'",
    ),
    "no such device": (
        "speed: {source: gnss, address: gps}",
        "wanted /dev/… or tcp://host:port, got 'gps'",
    ),
    "missing secret": (
        f"speed: {{source: odometry, address: '{ODOMETRY}'}}",
        "the environment has no ODO_PASSWORD, which stands in the address as ${ODO_PASSWORD}",
    ),
    "missing recording": (
        "speed: {source: csv, file: none.csv}",
        "cameras.0.tram.speed.file (line 9): none.csv cannot be used: No such file",
    ),
    "misspelt key": (
        "speed: {source: odometry, adress: 'mqtt://h/t'}",
        "unknown key 'adress'; did you mean 'address'?",
    ),
    "stretch ends before it begins": (
        LIMITS + "{stretches: [{from_m: 5, to_m: 5, kmh: 20}]}",
        "to_m must be more than from_m 5, got 5",
    ),
    "stretches overlap": (
        LIMITS + "{stretches: [{from_m: 0, to_m: 9, kmh: 20}, {from_m: 5, to_m: 20, kmh: 50}]}",
        "one begins at 5 m before the one before it ends at 9 m",
    ),
    "satellites without a line": (
        LIMITS + "{start_m: null, stretches: [{from_m: 0, to_m: 9, kmh: 20}]}",
        "start_m is null, so the place comes by satellites: line is missing",
    ),
    "warned in the wrong order": (
        "speed_mps: 8.0\n      alert: {caution_ttc_s: 15}",
        "cameras.0.tram.alert (line 10): times to collision must be 0 < alarm ≤ caution ≤"
        " information, got 6.0, 15.0 and 12.0 s",
    ),
    "ring too long": (
        "speed_mps: 8.0\n      ring: {before_s: 600}",
        "should be less than or equal to 60, got 600",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_fault_is_told_in_a_sentence(tmp_path, case):
    text, sentence = FAULTS[case]
    with pytest.raises(SiteFileError) as refusal:
        plan_of(tmp_path, text)
    assert sentence in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


@pytest.mark.parametrize("password", ["a/s3cret", "a?s3cret", "a#s3cret"])
def test_password_that_breaks_its_address_is_refused_unseen(tmp_path, password):
    block = f"speed: {{source: odometry, address: '{ODOMETRY}'}}"
    with pytest.raises(SiteFileError) as refusal:
        plan_of(tmp_path, block, {"ODO_PASSWORD": password})
    told = "cameras.0.tram.speed.address (line 9): wanted mqtt://host:port/topic, got"
    assert told in str(refusal.value)
    assert "%2F" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_driver_may_be_told_sooner(tmp_path):
    block = "alert: {alarm_ttc_s: 10, caution_ttc_s: 15, information_ttc_s: 20}"
    alert = plan_of(tmp_path, f"speed_mps: 8.0\n      {block}").settings.alert
    assert (alert.alarm_ttc_s, alert.caution_ttc_s, alert.information_ttc_s) == (10, 15, 20)


@pytest.mark.parametrize(("word", "finds"), [("on", True), ("off", False)])
def test_unknown_objects_can_be_switched_off(tmp_path, word, finds):
    plan = plan_of(tmp_path, f"speed_mps: 8.0\n      unknown_objects: {word}")
    assert plan.settings.finds_objects is finds
