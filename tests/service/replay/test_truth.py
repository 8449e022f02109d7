import json
from pathlib import Path

import pytest

from service.errors import ClipError
from service.replay.truth import read_truth, write_truth
from tests.service.replay.stories import parking_truth, tram_truth

CLIPS = Path(__file__).parents[3] / "sample_videos"


@pytest.mark.parametrize("path", sorted(CLIPS.glob("*.truth.json")), ids=lambda path: path.stem)
def test_bundled_truth_is_understood(path):
    truth = read_truth(path)
    assert truth.clip == path.name.replace(".truth.json", ".mp4")
    assert truth.end_s == pytest.approx(len(truth.frames) / truth.fps)


def test_a_truth_comes_back_from_its_file(tmp_path):
    truth = tram_truth([(5, 9, "alarm")], health=[(0, 9, "ok"), (9, 20, "frozen")])
    write_truth(tmp_path / "t.json", truth)
    assert read_truth(tmp_path / "t.json") == truth


def test_a_part_counts_from_its_own_start():
    truth = parking_truth({"A1": [(5, 20)]}, health=[(0, 9, "ok"), (9, 20, "covered")])
    part = truth.cut(4.0, 12.0, "part.mkv")
    assert [(s.from_s, s.to_s, s.state) for s in part.spot_timeline("A1")] == [
        (0, 1, "free"),
        (1, 8, "occupied"),
    ]
    assert [(s.from_s, s.to_s) for s in part.health_timeline()] == [(0, 5), (5, 8)]
    assert part.clip == "part.mkv"


def test_metres_driven_until_a_moment():
    assert tram_truth([], speed_mps=8).driven_m(10) == pytest.approx(80)


def test_a_parking_truth_without_occupancy_is_refused(tmp_path):
    text = parking_truth({"A1": []}).model_dump(by_alias=True, mode="json")
    text["frames"][3]["occupied"] = {}
    (tmp_path / "t.json").write_text(json.dumps(text))
    with pytest.raises(ClipError, match=r"t.json: file: .*frames.3: occupied is missing"):
        read_truth(tmp_path / "t.json")


def test_a_parking_truth_knows_the_same_spots_in_every_picture(tmp_path):
    text = parking_truth({"A1": [], "A2": []}).model_dump(by_alias=True, mode="json")
    del text["frames"][3]["occupied"]["A2"]
    (tmp_path / "t.json").write_text(json.dumps(text))
    wanted = r"t.json: file: .*frames.3: wanted spots A1, A2 as in frames.0, got A1$"
    with pytest.raises(ClipError, match=wanted):
        read_truth(tmp_path / "t.json")
