import json
import re
import shlex
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from service.replay.truth import TrueViolation, write_truth
from service.site.site_file import load_site
from tests.service.cli.programs import wayside, write_car_detector
from tests.service.replay.stories import parking_truth, tram_truth
from tests.service.scenes import LOT_YAML, SPOTS, lot_picture, write_clip

REPLAY = ("replay", "yard.mp4", "--site", "yard.site.yaml", "--truth", "yard.truth.json")
LIMIT = "expect: {most_wrong_share: 0.1}\n"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Eight seconds in which a car stands on A1, a detector that says so, and the truth."""
    monkeypatch.chdir(tmp_path)
    write_car_detector(tmp_path / "car.onnx")
    site = LOT_YAML.replace("source: yard.mp4", "source: yard.mp4\n    model: ./car.onnx")
    (tmp_path / "yard.site.yaml").write_text(site + LIMIT)
    pictures = [lot_picture({"A1"}, seed) for seed in range(40)]
    write_clip(tmp_path / "yard.mp4", pictures, rate_hz=5)
    write_yard_truth(tmp_path, {"A1"})
    return tmp_path


def write_yard_truth(folder: Path, cars: set[str], name: str = "yard") -> None:
    stays = {spot_id: [(0.0, 8.0)] if spot_id in cars else [] for spot_id in SPOTS}
    write_truth(folder / f"{name}.truth.json", parking_truth(stays, length_s=8))


def last_json(capfd) -> dict:
    return json.loads(capfd.readouterr().out.splitlines()[-1])


def test_right_states_keep_the_limits(place, monkeypatch, capfd):
    assert place
    assert wayside(monkeypatch, *REPLAY, "--json") == 0
    truth = last_json(capfd)["truth"]
    assert (truth["ok"], truth["missed"]) == (True, [])
    assert truth["figures"]["wrong_share"] == 0
    assert {row["spot_id"] for row in truth["spots"]} == set(SPOTS)


def test_broken_limit_fails_and_names_the_second(place, monkeypatch, capfd):
    write_yard_truth(place, {"A1", "A2"})
    assert wayside(monkeypatch, *REPLAY) == 1
    said = capfd.readouterr()
    assert re.fullmatch(
        r"time wrong is 2\d(\.\d)? %, wanted at most 10 %: "
        r"spot A2 from \d\.\d\d s to 7\.80 s: is occupied, shown free\n",
        said.err,
    )
    assert "0 of 1 limits kept" in said.out


def test_report_needs_nothing_but_itself(place, monkeypatch):
    write_yard_truth(place, {"A1", "A2"})
    assert wayside(monkeypatch, *REPLAY, "--report", "out.html") == 1
    page = (place / "out.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "http" not in page
    assert "<svg" in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert "spot A2 from" in page
    assert "✗ failed" in page


def test_report_tells_of_violations(place, monkeypatch):
    stay = TrueViolation(kind="overstay", subject="A1", from_s=2.0, to_s=8.0)
    truth = parking_truth({"A1": [(0.0, 8.0)]}, length_s=8)
    write_truth(place / "yard.truth.json", truth.model_copy(update={"violations": (stay,)}))
    assert wayside(monkeypatch, *REPLAY, "--report", "out.html") == 0
    page = (place / "out.html").read_text(encoding="utf-8")
    assert "<h3>Violations</h3>" in page
    assert "overstay of A1 from 2.00 s, never told" in page


def test_evidence_replays_by_the_command_it_names(place, monkeypatch, capfd):
    write_yard_truth(place, {"A1", "A2"})
    assert wayside(monkeypatch, *REPLAY, "--evidence", "evidence") == 1
    first = capfd.readouterr().err.splitlines()[-1]
    (bundle,) = (place / "evidence").iterdir()
    (bundle / "car.onnx").write_bytes((place / "car.onnx").read_bytes())
    (command,) = re.findall(r"^    wayside (.+)$", (bundle / "README.txt").read_text(), re.M)
    monkeypatch.chdir(bundle)
    assert wayside(monkeypatch, *shlex.split(command)) == 1
    again = capfd.readouterr().err
    assert again.replace("at most 0 %", "at most 10 %").strip() == first
    votes = [json.loads(line) for line in (bundle / "votes.jsonl").read_text().splitlines()]
    assert votes[-1]["spots"]["A2"]["status"] == "free"
    assert cv2.imread(str(bundle / "wrong.png")).shape == (180, 320, 3)


def test_evidence_takes_along_what_the_site_file_names_beside_itself(place, monkeypatch, capfd):
    cv2.imwrite("drawn_on.png", lot_picture({"A1"}, 0))
    site = place / "yard.site.yaml"
    named = "model: ./car.onnx\n    reference: drawn_on.png"
    site.write_text(site.read_text().replace("model: ./car.onnx", named))
    write_yard_truth(place, {"A1", "A2"})
    assert wayside(monkeypatch, *REPLAY, "--evidence", "evidence") == 1
    (bundle,) = (place / "evidence").iterdir()
    capfd.readouterr()
    assert wayside(monkeypatch, "site", "check", str(bundle / "site.yaml")) == 0
    assert cv2.imread(str(bundle / "reference.png")) is not None


TRAM_SITE = """\
site: line
cameras:
  - id: cab
    mission: tram
    source: cab.mp4
    model: ./car.onnx
    tram:
      camera: {height_m: 2.5, pitch_deg: 5.0, focal_px: 300, principal_px: [160, 90]}
"""


@pytest.mark.parametrize("speed", ["{source: csv, file: ride.csv}", "{source: constant, mps: 10}"])
def test_evidence_of_a_tram_takes_its_speeds_along(place, monkeypatch, speed):
    (place / "line.site.yaml").write_text(TRAM_SITE + f"      speed: {speed}\n")
    (place / "ride.csv").write_text("t_s,speed_mps\n0,10\n")
    write_clip(place / "cab.mp4", [lot_picture({"A1"}, seed) for seed in range(40)], rate_hz=5)
    write_truth(place / "cab.truth.json", tram_truth([(0, 8, "alarm")], length_s=8))
    clip = ("cab.mp4", "--site", "line.site.yaml", "--truth", "cab.truth.json")
    wayside(monkeypatch, "replay", *clip, "--evidence", "evidence")
    (bundle, *_) = (place / "evidence").iterdir()
    (cab,) = load_site(bundle / "site.yaml").cameras
    assert cab.plan.ego_speed.at(3.0) == 10


def test_evidence_keeps_every_pixel(place, monkeypatch):
    write_yard_truth(place, {"A1", "A2"})
    assert wayside(monkeypatch, *REPLAY, "--evidence", "evidence") == 1
    (copy,) = (place / "evidence").glob("*/clip.mkv")
    pictures = [_pictures(place / "yard.mp4"), _pictures(copy)]
    assert len(pictures[0]) == len(pictures[1]) == 40
    for (one_s, one), (other_s, other) in zip(*pictures, strict=True):
        assert one_s == pytest.approx(other_s)
        assert np.array_equal(one, other)


def _pictures(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as clip:
        return [(f.time, f.to_ndarray(format="bgr24")) for f in clip.decode(video=0)]


def test_two_runs_side_by_side(place, monkeypatch, capfd):
    write_yard_truth(place, {"A1"})
    assert wayside(monkeypatch, *REPLAY, "--run", "right.json") == 0
    write_car_detector(place / "other.onnx", "A2")
    assert wayside(monkeypatch, *REPLAY, "--model", "./other.onnx", "--run", "wrong.json") == 1
    capfd.readouterr()
    compared = ("--truth", "yard.truth.json")
    assert wayside(monkeypatch, "replay", "--compare", "right.json", "wrong.json", *compared) == 1
    assert re.search(
        r"spot A1 from \d.\d\d s to 7.80 s: occupied, then free; worse, it is occupied",
        capfd.readouterr().out,
    )
    assert wayside(monkeypatch, "replay", "--compare", "wrong.json", "right.json", *compared) == 0
    assert wayside(monkeypatch, "replay", "--compare", "right.json", "right.json") == 0


def test_whole_collection(place, monkeypatch, capfd):
    assert wayside(monkeypatch, "replay", "--all", ".", "--report", "pages") == 0
    said = capfd.readouterr().out
    assert re.search(r"yard +pass +0 +– +0 +0 % +0 %", said)
    assert (place / "pages/yard.html").stat().st_size > 10_000
    for suffix in ("mp4", "site.yaml"):
        (place / f"bad.{suffix}").write_bytes((place / f"yard.{suffix}").read_bytes())
    write_yard_truth(place, {"A1", "A2"}, "bad")
    (place / "cut.mp4").write_bytes(b"no clip")
    (place / "cut.site.yaml").write_bytes((place / "yard.site.yaml").read_bytes())
    write_yard_truth(place, {"A1"}, "cut")
    assert wayside(monkeypatch, "replay", "--all", ".", "--json") == 1
    report = last_json(capfd)
    assert report["ok"] is False
    assert [(clip["name"], clip["verdict"]) for clip in report["clips"]] == [
        ("bad", "fail"),
        ("cut", "fail"),
        ("yard", "pass"),
    ]
    assert "spot A2 from" in report["clips"][0]["truth"]["missed"][0]


def write_beside(folder: Path, name: str, seconds: int = 8) -> None:
    """The yard once more under another name."""
    (folder / f"{name}.site.yaml").write_text((folder / "yard.site.yaml").read_text())
    pictures = [lot_picture({"A1"}, seed) for seed in range(5 * seconds)]
    write_clip(folder / f"{name}.mp4", pictures, rate_hz=5)
    write_yard_truth(folder, {"A1"}, name)


def test_clip_that_ends_before_its_truth_fails(place, monkeypatch, capfd):
    write_beside(place, "half", seconds=4)
    write_beside(place, "whole", seconds=8)
    half = [each.replace("yard.", "half.") for each in REPLAY]
    assert wayside(monkeypatch, *half, "--report", "half.html") == 1
    said = capfd.readouterr()
    sentence = (
        "the clip of camera north is cut short: its last picture is of 3.80 s,"
        " the last one of its truth of 7.80 s\n"
    )
    assert said.err == sentence
    assert "1 of 1 limits kept in the part that was seen" in said.out
    assert "✗ failed" in (place / "half.html").read_text(encoding="utf-8")
    assert wayside(monkeypatch, "replay", "--all", ".") == 1
    said = capfd.readouterr()
    assert said.err == f"half: {sentence}"
    assert re.search(r"half +fail", said.out)
    assert "3 clips, 2 passed, 1 failed" in said.out


def test_last_picture_of_a_clip_may_be_lost(place, monkeypatch):
    pictures = [lot_picture({"A1"}, seed) for seed in range(39)]
    write_clip(place / "yard.mp4", pictures, rate_hz=5)
    assert wayside(monkeypatch, *REPLAY) == 0


def test_second_clip_of_a_site_may_not_end_early_either(place, monkeypatch, capfd):
    site = (place / "yard.site.yaml").read_text().replace(LIMIT, "")
    head, camera = site.split("  - id: north\n")
    south = f"  - id: south\n{camera.replace('yard.mp4', 'half.mp4')}"
    (place / "both.site.yaml").write_text(f"{head}  - id: north\n{camera}{south}")
    write_beside(place, "half", seconds=4)
    whole = ("replay", "--site", "both.site.yaml", "--truth", "yard.truth.json")
    assert wayside(monkeypatch, *whole) == 1
    assert "the clip of camera south is cut short" in capfd.readouterr().err


def test_what_is_missing_or_bad_fails_one_row(place, monkeypatch, capfd):
    write_beside(place, "lost")
    (place / "lost.mp4").unlink()
    (place / "zz.site.yaml").write_text("sites: 1\n")
    assert wayside(monkeypatch, "replay", "--all", ".") == 1
    said = capfd.readouterr()
    assert re.search(r"^lost: lost.mp4 does not exist", said.err, re.M)
    assert re.search(r"^zz: zz.site.yaml.* unknown key 'sites'", said.err, re.M)
    assert "lost: did not run\nzz: did not run\n" in said.out
    assert "3 clips, 1 passed, 2 failed" in said.out


def test_clips_are_listed_by_their_whole_names(place, monkeypatch, capfd):
    for suffix in ("mp4", "site.yaml", "truth.json"):
        (place / f"yard.{suffix}").rename(place / f"yard[day].{suffix}")
    assert wayside(monkeypatch, "replay", "--all", ".") == 0
    assert re.search(r"yard\[day\] +pass", capfd.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param([], "say one of CLIP, --compare RUN_A RUN_B and --all DIR", id="nothing"),
        pytest.param(["c.mp4", "--all", "d"], "say one of CLIP", id="clip and collection"),
        pytest.param(["c.mp4"], "a clip wants its site file", id="no site"),
        *(
            pytest.param([*form, *option], f"{option[0]} does not go with {form[0]}", id=option[0])
            for form, option in (
                (["--all", "d"], ["--events", "x"]),
                (["--all", "d"], ["--camera", "nope"]),
                (["--all", "d"], ["--realtime"]),
                (["--compare", "a", "b"], ["--report", "x"]),
                (["--compare", "a", "b"], ["--site", "s"]),
            )
        ),
        pytest.param(["c.mp4", "--site", "s", "--evidence", "d"], "wants --truth", id="no truth"),
    ],
)
def test_contradicting_options(monkeypatch, capfd, arguments, sentence):
    assert wayside(monkeypatch, "replay", *arguments) == 2
    assert sentence in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("{", "Invalid JSON", id="no json"),
        pytest.param('{"schema": "other/1"}', "schema: Input should be", id="another format"),
    ],
)
def test_damaged_truth(place, monkeypatch, capfd, text, sentence):
    (place / "yard.truth.json").write_text(text)
    assert wayside(monkeypatch, *REPLAY) == 1
    said = capfd.readouterr().err
    assert said.startswith("wayside: yard.truth.json: ")
    assert sentence in said


def test_unknown_limit_is_refused_with_a_suggestion(place, monkeypatch, capfd):
    text = (place / "yard.site.yaml").read_text()
    (place / "yard.site.yaml").write_text(text.replace("most_wrong_share", "most_wrong_shar"))
    assert wayside(monkeypatch, *REPLAY) == 1
    assert "did you mean 'most_wrong_share'?" in capfd.readouterr().err


def test_second_of_two_cameras_over_the_same_spots(place, monkeypatch, capfd):
    site = place / "yard.site.yaml"
    head, camera = site.read_text().replace(LIMIT, "").split("  - id: north\n")
    both = (
        f"{head}  - id: north\n{camera}  - id: south\n{camera.replace('yard.mp4', 'b.mp4')}{LIMIT}"
    )
    site.write_text(both)
    assert wayside(monkeypatch, *REPLAY, "--camera", "south", "--json") == 0
    truth = last_json(capfd)["truth"]
    assert {row["spot_id"] for row in truth["spots"]} == set(SPOTS)
