import json
import re

import pytest

from tests.service.cli.programs import wayside, write_car_detector
from tests.service.publish.broker import Broker
from tests.service.scenes import LOT_YAML, TRAM_YAML, lot_picture, track_picture, write_clip


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("WAYSIDE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("WAYSIDE_DATABASE", raising=False)


def site(folder, more: str = "", source: str = "yard.mp4"):
    write_clip(folder / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(3)])
    model = write_car_detector(folder / "car.onnx")
    text = LOT_YAML.replace("source: yard.mp4", f"source: {source}\n    model: {model}")
    (folder / "yard.yaml").write_text(text + more)
    return folder / "yard.yaml"


def examined(monkeypatch, capsys, *arguments) -> tuple[int, dict[str, dict[str, str]]]:
    code = wayside(monkeypatch, "doctor", *arguments, "--wait-s", "2", "--json")
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["ok"] is (code == 0)
    return code, {each["part"]: each for each in report["findings"]}


@pytest.mark.needs("mosquitto")
def test_sound_service_is_told_so(tmp_path, monkeypatch, capsys):
    with Broker(tmp_path) as broker:
        file = site(tmp_path, f"publish: {{mqtt: {{host: 127.0.0.1, port: {broker.port}}}}}\n")
        code, found = examined(monkeypatch, capsys, file)
    assert code == 0
    assert {each["verdict"] for each in found.values()} <= {"good", "care"}
    assert "lets us in" in found["broker of yard"]["said"]
    assert "first picture (320x180)" in found["camera yard/north"]["said"]
    assert "first start" in found["database"]["said"]
    assert not (tmp_path / "data/wayside.sqlite").exists()


def test_what_is_wrong_comes_with_advice(tmp_path, monkeypatch, capsys):
    publish = (
        "publish:\n"
        "  mqtt: {host: 127.0.0.1, port: 9}\n"
        "  webhooks: [{id: inside, url: 'http://10.0.0.1/in', secret: a-secret-of-sixteen}]\n"
    )
    file = site(tmp_path, publish, "rtsp://me:s3cret@127.0.0.1:9/live")
    code, found = examined(monkeypatch, capsys, file, "--database", "mysql://elsewhere/x")
    assert code == 1
    wrong = {part for part, each in found.items() if each["verdict"] == "bad"}
    assert wrong == {"camera yard/north", "broker of yard", "webhook yard.inside", "database"}
    assert all(found[part]["advice"] for part in wrong)
    assert found["broker of yard"]["said"].startswith("127.0.0.1:9 does not let us in: ")
    assert "s3cret" not in json.dumps(found)


def test_a_camera_that_the_service_would_refuse_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WAYSIDE_CAMERA_NETWORKS", "10.20.0.0/16")
    file = site(tmp_path, source="rtsp://me:s3cret@127.0.0.1:9/live")
    code, found = examined(monkeypatch, capsys, file)
    assert code == 1
    assert "outside WAYSIDE_CAMERA_NETWORKS" in found["camera yard/north"]["said"]
    assert "s3cret" not in json.dumps(found)


def test_spots_outside_the_picture_and_a_bad_file_are_told(tmp_path, monkeypatch, capsys):
    file = site(tmp_path)
    file.write_text(file.read_text().replace("[290, 160]", "[2900, 160]"))
    (tmp_path / "other.yaml").write_text("site: x\ncamers: []\n")
    code, found = examined(monkeypatch, capsys, file, tmp_path / "other.yaml")
    assert code == 1
    assert found["camera yard/north"]["verdict"] == "bad"
    assert "did you mean 'cameras'" in found["site file"]["said"]


def test_tram_without_its_speed_is_told(tmp_path, monkeypatch, capsys):
    write_clip(tmp_path / "line.mp4", [track_picture(None)])
    gnss = "speed: {source: gnss, address: /dev/nope}"
    (tmp_path / "line.yaml").write_text(TRAM_YAML.replace("speed_mps: 8.0", gnss))
    code, found = examined(monkeypatch, capsys, tmp_path / "line.yaml")
    assert code == 1
    assert {part for part, each in found.items() if each["verdict"] == "bad"} == {
        "speed of line/cab"
    }


def test_doctor_speaks_plainly(monkeypatch, capsys):
    assert wayside(monkeypatch, "doctor") == 0
    out = capsys.readouterr().out
    assert "cores" in out
    assert re.search(r"wayside-parking(-int8)? is whole and runs on \w+", out)
