import json
from pathlib import Path

import av
import pytest

from tests.service.cli.programs import wayside, write_car_detector
from tests.service.scenes import LOT_YAML, TRAM_YAML, lot_picture, write_clip

REPLAY = ("replay", "yard.mp4", "--site", "yard.yaml", "--model", "car.onnx")


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    write_clip(tmp_path / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(30)])
    write_car_detector(tmp_path / "car.onnx")
    return tmp_path


def test_json_is_the_last_line(place, monkeypatch, capfd):
    assert wayside(monkeypatch, *REPLAY, "--json") == 0
    report = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (report["frames"], report["damaged"], report["dropped"]) == (30, 0, 0)
    states = {spot["spot_id"]: spot["status"] for spot in report["final"]["spots"]}
    assert states == {"A1": "occupied", "A2": "free", "A3": "free", "B1": "free"}
    assert report["final"]["lots"][0]["text"] == "2 free"
    assert set(report["stage_ms"]["classify"]) == {"p50", "p95", "p99"}
    assert place


def test_two_runs_write_the_same_bytes(place, monkeypatch):
    for name, threads in (("one", 1), ("two", 1), ("three", 2)):
        assert wayside(monkeypatch, *REPLAY, "--events", name, "--threads", threads) == 0
    assert (place / "one").read_bytes() == (place / "two").read_bytes()
    assert (place / "one").read_bytes() == (place / "three").read_bytes()
    assert b'"status":"occupied"' in (place / "one").read_bytes()


def test_golden_is_written_kept_and_broken(place, monkeypatch, capfd):
    golden = ("--expect", "golden.jsonl")
    assert wayside(monkeypatch, *REPLAY, *golden, "--update-golden") == 0
    assert wayside(monkeypatch, *REPLAY, *golden) == 0
    assert "as expected" in capfd.readouterr().out
    write_car_detector(place / "car.onnx", "A2")
    assert wayside(monkeypatch, *REPLAY, *golden, "--json") == 1
    said = capfd.readouterr()
    assert "s: spot A1 was expected to become occupied, but did not" in said.err
    assert "s: spot A1 went from " in said.err
    report = json.loads(said.out.splitlines()[-1])
    assert report["expect"]["ok"] is False


def test_annotated_clip_shows_every_picture_drawn_on(place, monkeypatch):
    assert wayside(monkeypatch, *REPLAY, "--annotate", "out.mp4") == 0
    with av.open(str(place / "out.mp4")) as clip:
        pictures = [frame.to_ndarray(format="bgr24") for frame in clip.decode(video=0)]
    assert len(pictures) == 30
    # On the lot everything is grey; outlines are not.
    green_over_red = pictures[-1][..., 1].astype(int) - pictures[-1][..., 2]
    assert green_over_red.max() > 60


@pytest.mark.parametrize("option", ["--annotate", "--events", "--run", "--report"])
def test_what_is_read_is_never_written(place, monkeypatch, capfd, option):
    (place / "link.mp4").symlink_to("yard.mp4")
    for name in ("yard.mp4", "yard.yaml", "link.mp4"):
        before = (place / name).read_bytes()
        assert wayside(monkeypatch, *REPLAY, option, name) == 2
        assert f"{option} would overwrite {name}, which is read" in capfd.readouterr().err
        assert (place / name).read_bytes() == before


@pytest.mark.parametrize("option", ["--annotate", "--events", "--run", "--report"])
def test_the_speed_file_of_a_tram_is_never_written(place, monkeypatch, capfd, option):
    (place / "speed.csv").write_text("t_s,speed_mps\n0,8\n")
    (place / "tram.yaml").write_text(TRAM_YAML.replace("speed_mps: 8.0", "speed_csv: speed.csv"))
    ride = ("replay", "yard.mp4", "--site", "tram.yaml")
    assert wayside(monkeypatch, *ride, option, "speed.csv") == 2
    assert f"{option} would overwrite speed.csv, which is read" in capfd.readouterr().err
    assert (place / "speed.csv").read_text() == "t_s,speed_mps\n0,8\n"


def test_two_results_do_not_go_into_one_file(place, monkeypatch, capfd):
    assert wayside(monkeypatch, *REPLAY, "--events", "out", "--run", "./out") == 2
    assert "--events and --run both want out; name two files" in capfd.readouterr().err
    assert not (place / "out").exists()


def test_a_failed_replay_keeps_the_older_annotated_clip(place, monkeypatch):
    (place / "out.mp4").write_bytes(b"yesterday's")
    yard = ("replay", "yard.mp4", "--site", "yard.yaml")
    assert wayside(monkeypatch, *yard, "--annotate", "out.mp4", "--model", "none.onnx") == 1
    assert (place / "out.mp4").read_bytes() == b"yesterday's"
    assert wayside(monkeypatch, *REPLAY, "--annotate", "out.mp4") == 0
    assert (place / "out.mp4").read_bytes() != b"yesterday's"
    assert list(place.glob("*.part")) == []


def test_no_progress_bar_away_from_a_terminal(place, monkeypatch, capfd):
    assert place
    assert wayside(monkeypatch, *REPLAY) == 0
    assert capfd.readouterr().err == ""


def test_realtime_takes_as_long_as_the_clip(place, monkeypatch, capfd):
    assert place
    assert wayside(monkeypatch, *REPLAY, "--realtime", "--json") == 0
    report = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert report["wall_s"] >= report["duration_s"] == pytest.approx(2.9)


def test_without_a_clip_all_cameras_of_the_site_are_replayed(place, monkeypatch, capfd):
    south = LOT_YAML[LOT_YAML.index("  - id: north") :].replace("north", "south")
    (place / "both.yaml").write_text(LOT_YAML + south)
    both = ("replay", "--site", "both.yaml", "--model", "car.onnx", "--json")
    assert wayside(monkeypatch, *both) == 0
    report = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert report["frames"] == 60
    votes = {vote["camera_id"] for spot in report["final"]["spots"] for vote in spot["votes"]}
    assert votes == {"north", "south"}
    assert wayside(monkeypatch, *both, "--camera", "south") == 0
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["frames"] == 30
    assert wayside(monkeypatch, *both, "--camera", "nroth") == 2
    assert "site yard has no camera 'nroth'; it has north, south" in capfd.readouterr().err
    (place / "gone.yaml").write_text(LOT_YAML.replace("yard.mp4", "gone.mp4"))
    assert wayside(monkeypatch, "replay", "--site", "gone.yaml") == 2
    assert "camera north has no recorded clip: gone.mp4" in capfd.readouterr().err
