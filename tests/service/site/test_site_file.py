import json
from pathlib import Path

import numpy as np
import pytest

from service.errors import SiteFileError
from service.site.site import ParkingPlan, TramPlan
from service.site.site_file import load_site, site_schema
from streams.mode import FrameMode
from tests.service.scenes import LOT_YAML, SPOTS, TRAM_YAML


def write_site(folder: Path, text: str) -> Path:
    path = folder / "place.site.yaml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SiteFileError) as caught:
        load_site(write_site(folder, text), {})
    return str(caught.value).replace(str(folder) + "/", "")


def test_parking_site_becomes_a_layout(tmp_path):
    site = load_site(write_site(tmp_path, LOT_YAML))
    (camera,) = site.cameras
    assert isinstance(camera.plan, ParkingPlan)
    assert [spot.spot_id for spot in camera.plan.layout.spots] == list(SPOTS)
    np.testing.assert_array_equal(camera.plan.layout.spots[0].polygon, SPOTS["A1"])
    assert camera.plan.settling.arrival_s == 1
    assert camera.source == str(tmp_path / "yard.mp4")
    assert [lot.name for lot in site.lots] == ["Main lot", "Back lot"]


def test_tram_site_becomes_settings(tmp_path):
    (camera,) = load_site(write_site(tmp_path, TRAM_YAML)).cameras
    assert isinstance(camera.plan, TramPlan)
    assert camera.plan.settings.camera.height_m == 2.4
    assert camera.plan.settings.braking.deceleration_mps2(50 / 3.6) == pytest.approx(2.47)
    assert camera.plan.ego_speed.at(3.0) == 8.0


def test_speed_comes_from_a_file_beside_the_clip(tmp_path):
    (tmp_path / "speed.csv").write_text("t_s,speed_mps\n0,5\n2.5,7\n")
    text = TRAM_YAML.replace("speed_mps: 8.0", "speed_csv: speed.csv")
    (camera,) = load_site(write_site(tmp_path, text)).cameras
    assert isinstance(camera.plan, TramPlan)
    speeds = [camera.plan.ego_speed.at(time_s) for time_s in (0.0, 2.4, 2.5, 99.0)]
    assert speeds == [5, 5, 7, 7]


@pytest.mark.parametrize("number", ["12", "009"])
def test_number_as_id_is_a_name(tmp_path, number):
    text = LOT_YAML.replace("id: B1", f"id: {number}")
    (camera,) = load_site(write_site(tmp_path, text)).cameras
    assert isinstance(camera.plan, ParkingPlan)
    assert camera.plan.layout.spots[3].spot_id == number


def test_secret_is_filled_in_and_never_shown(tmp_path):
    text = LOT_YAML.replace("yard.mp4", "'rtsp://me:${CAMERA_PASSWORD}@10.0.0.9/live'")
    site = load_site(write_site(tmp_path, text), {"CAMERA_PASSWORD": "s3cret"})
    assert site.cameras[0].source == "rtsp://me:s3cret@10.0.0.9/live"
    assert "s3cret" not in repr(site)
    assert "s3cret" not in site.cameras[0].public_source


@pytest.mark.parametrize("source", ["rtsp://a/b", "usb:0", "/dev/video0", "/clips/a.mp4"])
def test_address_is_left_as_it_is(tmp_path, source):
    site = load_site(write_site(tmp_path, LOT_YAML.replace("yard.mp4", source)))
    assert site.cameras[0].source == source


BOW = "[[20, 100], [80, 160], [80, 100], [20, 150]]"
TRAM_BLOCK = TRAM_YAML[TRAM_YAML.index("    tram:") :]
FAULTS = {
    "braces of a template": (
        LOT_YAML.replace("yard.mp4", "{{ CAMERA_URL }}"),
        "place.site.yaml: line 9: wanted a word as key, got a mapping; text with { or [ wants",
    ),
    "list as key": (
        LOT_YAML + "? [a, b]\n: 1\n",
        "place.site.yaml: line 16: wanted a word as key, got a list",
    ),
    "part within itself": (
        LOT_YAML.replace("yard.mp4", "&a [*a]"),
        "place.site.yaml: line 9: this part is named again within itself",
    ),
    "no such day": (
        LOT_YAML.replace("yard.mp4", "2026-13-45"),
        "place.site.yaml: line 9: '2026-13-45' cannot be read: month must be in 1..12",
    ),
    "unknown key with a suggestion": (
        LOT_YAML.replace("source:", "sauce:"),
        "place.site.yaml: cameras.0 (line 7): unknown key 'sauce'; did you mean 'source'?",
    ),
    "spot id twice": (
        LOT_YAML.replace("id: A2", "id: A1"),
        "cameras.0.spots.1.id (line 13): spot id 'A1' is already taken by cameras.0.spots.0",
    ),
    "one spot in two lots": (
        LOT_YAML
        + LOT_YAML[LOT_YAML.index("  - id: north") :]
        .replace("id: north", "id: south")
        .replace("A1, lot: main", "A1, lot: back"),
        "cameras.1.spots.0.lot (line 21): spot 'A1' belongs to lot 'main' for another camera",
    ),
    "one spot on two terms": (
        (LOT_YAML + LOT_YAML[LOT_YAML.index("  - id: north") :].replace("id: north", "id: south"))
        .replace("A1, lot: main,", "A1, lot: main, max_stay_min: 30,", 1)
        .replace("A1, lot: main, poly", "A1, lot: main, max_stay_min: 60, poly"),
        "cameras.1.spots.0 (line 21): spot 'A1' has other terms in cameras.0.spots.0; "
        "state them once, or alike",
    ),
    "lot id twice": (
        LOT_YAML.replace("id: back", "id: main"),
        "lots.1.id (line 5): lot id 'main' is already taken by lots.0",
    ),
    "camera id twice": (
        LOT_YAML + LOT_YAML[LOT_YAML.index("  - id: north") :],
        "cameras.1.id (line 16): camera id 'north' is already taken by cameras.0",
    ),
    "two corners": (
        LOT_YAML.replace(str(SPOTS["A1"]), "[[1, 2], [3, 4]]"),
        "cameras.0.spots.0.polygon (line 12): needs 3 corners or more, got 2",
    ),
    "crosses itself": (
        LOT_YAML.replace(str(SPOTS["A1"]), BOW),
        "cameras.0.spots.0.polygon (line 12): crosses itself, got [[20, 100], [80, 160]",
    ),
    "even bow crosses itself": (
        LOT_YAML.replace(str(SPOTS["A1"]), "[[0, 0], [10, 10], [10, 0], [0, 10]]"),
        "cameras.0.spots.0.polygon (line 12): crosses itself",
    ),
    "no area": (
        LOT_YAML.replace(str(SPOTS["A1"]), "[[1, 1], [2, 2], [3, 3]]"),
        "cameras.0.spots.0.polygon (line 12): has no area",
    ),
    "no area once its corners are rounded": (
        LOT_YAML.replace(str(SPOTS["A1"]), "[[99999, 1], [99999.003, 1], [99999, 9]]"),
        "cameras.0 (line 7): polygon of spot A1",
    ),
    "id that YAML takes for an octal number": (
        LOT_YAML.replace("id: B1", "id: 010"),
        "cameras.0.spots.3.id (line 15): wanted '010' in quotes, else it is another number, got 8",
    ),
    "lot that YAML takes for another number": (
        LOT_YAML.replace("lot: back", "lot: 1_0"),
        "cameras.0.spots.3.lot (line 15): wanted '1_0' in quotes",
    ),
    "date that is none": (
        LOT_YAML.replace("The yard", "2026-13-01"),
        "place.site.yaml: line 2: '2026-13-01' cannot be read: month must be in 1..12",
    ),
    "list as a key": (
        LOT_YAML.replace("name: The yard", "[name]: The yard"),
        "place.site.yaml: line 2: wanted a word as key, got a list; text with {",
    ),
    "corner is no number": (
        LOT_YAML.replace(str(SPOTS["A1"]), "[[1, here], [2, 2], [3, 3]]"),
        "cameras.0.spots.0.polygon.0.1 (line 12): should be a valid number",
    ),
    "corner is not finite": (
        LOT_YAML.replace(str(SPOTS["A1"]), "[[1, .nan], [2, 2], [3, 3]]"),
        "cameras.0.spots.0.polygon.0.1 (line 12): should be a finite number",
    ),
    "no such lot": (
        LOT_YAML.replace("lot: back", "lot: bcak"),
        "cameras.0.spots.3.lot (line 15): there is no lot 'bcak'; wanted one of main, back",
    ),
    "parking without spots": (
        LOT_YAML[: LOT_YAML.index("    spots:")],
        "cameras.0.spots (line 7): spots is missing",
    ),
    "tram without its block": (
        TRAM_YAML[: TRAM_YAML.index("    tram:")],
        "cameras.0.tram (line 4): tram is missing",
    ),
    "no mission": (
        LOT_YAML.replace("    mission: parking\n", ""),
        "cameras.0 (line 7): mission is missing; wanted parking or tram",
    ),
    "another mission": (
        LOT_YAML.replace("mission: parking", "mission: parkin"),
        "cameras.0 (line 7): mission must be parking or tram, got 'parkin'",
    ),
    "secret missing": (
        LOT_YAML.replace("yard.mp4", "'rtsp://me:${NO_SUCH}@10.0.0.9/live'"),
        "cameras.0.source (line 9): the environment has no NO_SUCH",
    ),
    "speed of a clip for a camera": (
        TRAM_YAML.replace("speed_mps: 8.0", "speed_csv: none.csv").replace(
            "source: line.mp4", "source: /dev/video0"
        ),
        "cameras.0.source (line 6): a recorded speed belongs to a clip, not a camera",
    ),
    "speed file missing": (
        TRAM_YAML.replace("speed_mps: 8.0", "speed_csv: none.csv"),
        "cameras.0.tram.speed_csv (line 9): none.csv cannot be used: No such file or directory",
    ),
    "two speeds": (
        TRAM_YAML + "      speed_csv: a.csv\n",
        "cameras.0.tram (line 7): speed_mps and speed_csv exclude each other",
    ),
    "camera below the ground": (
        TRAM_YAML.replace("height_m: 2.4", "height_m: -2.4"),
        "cameras.0.tram.camera.height_m (line 8): should be greater than 0, got -2.4",
    ),
    "limit without a rate": (
        LOT_YAML.replace("    settling:", "    frames: {mode: limit}\n    settling:"),
        "cameras.0.frames (line 10): mode limit wants per_second, which is missing",
    ),
    "id with a space": (
        LOT_YAML.replace("id: A1", "id: A 1"),
        "cameras.0.spots.0.id (line 12): String should match pattern",
    ),
    "no cameras": ("site: yard\ncameras: []\n", "cameras (line 2): List should have at least 1"),
    "key twice": (
        LOT_YAML.replace("name: The yard", "site: again"),
        "place.site.yaml: line 2: the key 'site' stands here twice",
    ),
    "bad YAML": (
        LOT_YAML.replace("lots:", "lots: [", 1),
        "not proper YAML",
    ),
    "too deep": ("site: " + 5000 * "[" + 5000 * "]", "too many parts stand within each other"),
    "parts named again and again": (
        "a0: &a0 [x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join(9 * [f'*a{n - 1}'])}]\n" for n in range(1, 30)),
        "(line 1): unknown key 'a0'",
    ),
    "a list": ("- 1\n", "wanted keys such as site, lots and cameras, got no mapping"),
    "empty": ("", "wanted keys such as site, lots and cameras, got no mapping"),
}


@pytest.mark.parametrize(("text", "sentence"), FAULTS.values(), ids=FAULTS)
def test_fault_is_named_in_one_sentence(tmp_path, text, sentence):
    said = refusal(tmp_path, text)
    assert sentence in said.splitlines()[0]


def test_two_cameras_may_see_the_same_spots(tmp_path):
    text = LOT_YAML + LOT_YAML[LOT_YAML.index("  - id: north") :].replace("north", "south")
    site = load_site(write_site(tmp_path, text))
    assert [spot.spot_id for _, spot in site.spots()] == list(SPOTS)
    assert len(list(site.spot_views())) == 8


def test_every_fault_is_told_at_once(tmp_path):
    text = LOT_YAML.replace("id: A2", "id: A1").replace("lot: back", "lot: bcak")
    assert len(refusal(tmp_path, text).splitlines()) == 2


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda _path: None, "there is no such site file", id="missing"),
        pytest.param(Path.mkdir, "is a folder, wanted a site file", id="folder"),
        pytest.param(lambda path: path.write_bytes(b"\x00\xff\xfe"), "is not text", id="not text"),
    ],
)
def test_file_that_cannot_be_read(tmp_path, make, sentence):
    path = tmp_path / "x.yaml"
    make(path)
    with pytest.raises(SiteFileError, match=sentence):
        load_site(path)


def test_schema_describes_cameras_and_is_json():
    schema = json.loads(json.dumps(site_schema()))
    assert "ParkingCameraBlock" in schema["$defs"]
    assert schema["additionalProperties"] is False


PUBLISH_YAML = """\
publish:
  mqtt: {host: broker.example, username: wayside, password: "${MQTT_PASSWORD}"}
  webhooks:
    - {id: signs, url: "https://signs.example/in", secret: "${SIGNS_SECRET}", types: [lot.changed]}
  webhook_networks: [10.20.0.0/16]
"""
PUBLISH_SECRETS = {"MQTT_PASSWORD": "s3cret", "SIGNS_SECRET": "s3cret-s3cret-s3cret"}


def test_broker_and_webhooks_with_secrets_of_the_environment(tmp_path):
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML + PUBLISH_YAML)
    publish = load_site(path, PUBLISH_SECRETS).publish
    assert publish.mqtt is not None
    assert (publish.mqtt.host, publish.mqtt.password) == ("broker.example", "s3cret")
    (webhook,) = publish.webhooks
    assert (webhook.secret, webhook.filter.site_id) == ("s3cret-s3cret-s3cret", "yard")
    assert "s3cret" not in repr(publish)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("", "", "environment has no MQTT_PASSWORD", id="no such secret"),
        pytest.param("https://signs", "ftp://signs", "begins with https://", id="no http"),
        pytest.param("${SIGNS_SECRET}", "short", "16 characters, got 5", id="short secret"),
        pytest.param("10.20.0.0/16", "10.20.0.1/16", "such as 10.20.0.0/16", id="no network"),
        pytest.param("lot.changed", "lot.chnged", "'lot.changed'", id="no such event"),
        pytest.param("host:", "hots:", "did you mean 'host'", id="misspelt"),
    ],
)
def test_what_cannot_be_published_is_told(tmp_path, old, new, fault):
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML + PUBLISH_YAML.replace(old, new))
    with pytest.raises(SiteFileError) as refused:
        load_site(path, {} if not old else PUBLISH_SECRETS)
    assert fault in str(refused.value)
    assert "publish" in str(refused.value)


@pytest.mark.parametrize(
    ("frames", "wanted"),
    [
        ("", FrameMode(max_rate_hz=5.0, key_frames_within_s=2.0)),
        ("    frames: {per_second: 0.2}\n", FrameMode(max_rate_hz=0.2, key_frames_within_s=5.0)),
        ("    frames: {mode: every}\n", FrameMode()),
        ("    frames: {mode: limit, per_second: 2}\n", FrameMode(max_rate_hz=2.0)),
    ],
)
def test_a_parking_camera_takes_key_frames_where_it_may(tmp_path, frames, wanted):
    text = LOT_YAML.replace("source: yard.mp4", "source: rtsp://192.0.2.7/main")
    site = load_site(write_site(tmp_path, text.replace("    settling:", f"{frames}    settling:")))
    assert site.cameras[0].frames == wanted


def test_of_a_recording_every_picture_is_looked_at(tmp_path):
    assert load_site(write_site(tmp_path, LOT_YAML)).cameras[0].frames == FrameMode()


def test_a_recording_may_be_limited(tmp_path):
    text = LOT_YAML.replace("    settling:", "    frames: {per_second: 2}\n    settling:")
    assert load_site(write_site(tmp_path, text)).cameras[0].frames == FrameMode(max_rate_hz=2.0)


def test_a_tram_is_never_left_to_key_frames(tmp_path):
    text = TRAM_YAML.replace("    tram:", "    frames: {mode: auto}\n    tram:")
    assert "mode auto is for parking cameras" in refusal(tmp_path, text)


def test_a_tram_is_never_left_to_pictures_that_are_too_old_before_the_next_one(tmp_path):
    text = TRAM_YAML.replace("    tram:", "    frames: {mode: limit, per_second: 2}\n    tram:")
    assert "per_second must be above 2, got 2" in refusal(tmp_path, text)
    enough = text.replace("per_second: 2", "per_second: 5")
    assert load_site(write_site(tmp_path, enough)).cameras[0].frames == FrameMode(max_rate_hz=5.0)
