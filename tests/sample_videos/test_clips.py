import csv
import itertools
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml

from sample_videos.render.pinhole import Pinhole
from sample_videos.render.scene import load_scene
from sample_videos.render.truth import camera_health, conditions

CLIPS = Path(__file__).resolve().parents[2] / "sample_videos"
NAMES = sorted(path.stem for path in CLIPS.glob("*.mp4"))
LARGEST_CLIP = 2 * 1024 * 1024
LARGEST_COLLECTION = 24 * 1024 * 1024
ALERTS = {"clear", "information", "caution", "alarm"}
GROUPS = {"person", "vehicle", "two_wheeler", "animal", "object"}

every_clip = pytest.mark.parametrize("name", NAMES)


def read_truth(name: str) -> dict[str, Any]:
    return json.loads((CLIPS / f"{name}.truth.json").read_text())


def read_camera(name: str) -> dict[str, Any]:
    site = yaml.safe_load((CLIPS / f"{name}.site.yaml").read_text())
    return next(c for c in site["cameras"] if c["source"] == f"{name}.mp4")


def camera_of(truth: dict[str, Any], frame: dict[str, Any]) -> Pinhole:
    pose = frame["camera_pose"]
    return Pinhole(
        tuple(pose["position_m"]),
        pose["yaw_deg"],
        pose["pitch_deg"],
        truth["camera"]["focal_px"],
        *truth["size_px"],
        distortion=truth["camera"].get("distortion", 0.0),
    )


def test_collection_has_both_missions():
    missions = {read_truth(name)["mission"] for name in NAMES}
    assert missions == {"parking", "tram"}


def test_collection_stays_small():
    sizes = [(CLIPS / f"{name}.mp4").stat().st_size for name in NAMES]
    assert max(sizes) <= LARGEST_CLIP
    assert sum(sizes) <= LARGEST_COLLECTION


@every_clip
def test_clip_has_the_frames_that_truth_tells(name: str):
    truth = read_truth(name)
    with av.open(str(CLIPS / f"{name}.mp4")) as media:
        stream = media.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert [stream.width, stream.height] == truth["size_px"]
        assert float(stream.average_rate) == pytest.approx(truth["fps"])
        times = [float(frame.time) for frame in media.decode(stream)]
    assert len(times) == truth["n_frames"] == len(truth["frames"])
    assert times == pytest.approx([frame["t_s"] for frame in truth["frames"]], abs=1e-3)


@every_clip
def test_boxes_lie_inside_the_picture(name: str):
    truth = read_truth(name)
    width, height = truth["size_px"]
    for frame in truth["frames"]:
        ids = [box["id"] for box in frame["boxes"]]
        assert len(ids) == len(set(ids))
        for box in frame["boxes"]:
            x0, y0, x1, y1 = box["xyxy"]
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height
            assert box["group"] in GROUPS
            assert 0 < box["visibility"] <= 1


@every_clip
def test_visible_box_lies_inside_the_whole_one(name: str):
    truth = read_truth(name)
    width, height = truth["size_px"]
    for frame in truth["frames"]:
        for box in frame["boxes"]:
            seen, whole = np.array(box["xyxy"]), np.array(box["full_xyxy"])
            # of what the picture cuts, the part beside the lens belongs to no whole box
            is_open = seen > [0, 0, -1, -1], seen < [width + 1, height + 1, width, height]
            assert ((seen >= whole - 2) | ~is_open[0])[:2].all(), box
            assert ((seen <= whole + 2) | ~is_open[1])[2:].all(), box


@every_clip
def test_foot_of_a_box_lies_where_its_object_stands(name: str):
    """The bottom of a whole, open box on the ground gives the object's place back."""
    truth = read_truth(name)
    for frame in truth["frames"][::5]:
        camera = camera_of(truth, frame)
        for box in frame["boxes"]:
            x0, y0, x1, y1 = box["full_xyxy"]
            place = np.array(box["position_m"])
            is_open = x0 > 0 and y0 > 0 and x1 < truth["size_px"][0] and y1 < truth["size_px"][1]
            if box["group"] != "person" or not is_open or "-rider" in box["id"]:
                continue
            away_m = float(np.linalg.norm(place[:2] - camera.position_m[:2]))
            foot = camera.ground_point(np.array([[(x0 + x1) / 2, y1]]), place[2])[0]
            # A foot is up to half a step from the body's middle; a pixel is worth more far away.
            px_m = away_m**2 / camera.position_m[2] / camera.focal_px
            assert np.linalg.norm(foot - place[:2]) < 0.75 + 2.5 * px_m, box


@every_clip
def test_conditions_are_those_of_the_scene(name: str):
    assert read_truth(name)["conditions"] == conditions(load_scene(name))


@every_clip
def test_camera_health_covers_the_clip(name: str):
    truth = read_truth(name)
    health = truth["camera_health"]
    assert health[0]["from_s"] == 0
    assert health[-1]["to_s"] == pytest.approx(truth["n_frames"] / truth["fps"])
    assert all(a["to_s"] == b["from_s"] for a, b in itertools.pairwise(health))
    assert {h["state"] for h in health} <= {"ok", "frozen", "covered", "dirty", "moved"}
    assert health == camera_health(load_scene(name))


@pytest.mark.parametrize("name", [n for n in NAMES if read_truth(n)["mission"] == "parking"])
class TestLot:
    def test_spots_of_site_and_truth_are_the_same(self, name: str):
        spots = {spot["id"]: spot["polygon"] for spot in read_camera(name)["spots"]}
        assert spots == read_truth(name)["spots"]

    def test_spots_lie_inside_the_picture_for_the_most_part(self, name: str):
        truth = read_truth(name)
        width, height = truth["size_px"]
        for spot_id, polygon in truth["spots"].items():
            middle = np.mean(polygon, axis=0)
            assert (middle > 0).all(), spot_id
            assert (middle < [width, height]).all(), spot_id

    def test_spots_project_from_their_metres(self, name: str):
        truth = read_truth(name)
        camera = camera_of(truth, truth["frames"][0])
        for spot_id, outline_m in truth["spots_m"].items():
            polygon = np.array(truth["spots"][spot_id])
            if len(polygon) == len(outline_m):
                back = camera.ground_point(polygon)
                away_m = np.linalg.norm(back - camera.position_m[:2], axis=1).max()
                tolerance_m = 0.05 + 0.2 * away_m**2 / camera.position_m[2] / camera.focal_px
                assert np.abs(back - outline_m).max() < tolerance_m, spot_id

    def test_changes_are_those_of_the_frames(self, name: str):
        truth = read_truth(name)
        state = dict(truth["frames"][0]["occupied"])
        changes = {(c["t_s"], c["spot_id"]): c["state"] for c in truth["intended"]}
        for frame in truth["frames"][1:]:
            for spot_id, now in frame["occupied"].items():
                if now != state[spot_id]:
                    told = changes.pop((round(frame["t_s"], 3), spot_id))
                    assert told == ("occupied" if now else "free")
            state = frame["occupied"]
        assert changes == {}


@pytest.mark.parametrize("name", [n for n in NAMES if read_truth(n)["mission"] == "tram"])
class TestTram:
    def test_site_has_the_camera_of_truth(self, name: str):
        camera = read_camera(name)["tram"]["camera"]
        truth = read_truth(name)["camera"]
        for key in ("height_m", "pitch_deg", "focal_px", "principal_px"):
            assert camera[key] == pytest.approx(truth[key])

    def test_alerts_cover_the_clip_without_gaps(self, name: str):
        truth = read_truth(name)
        alerts = truth["intended"]
        assert alerts[0]["from_s"] == 0
        assert alerts[-1]["to_s"] == pytest.approx(truth["n_frames"] / truth["fps"])
        assert all(a["to_s"] == b["from_s"] for a, b in itertools.pairwise(alerts))
        assert {a["state"] for a in alerts} <= ALERTS

    def test_time_to_collision_is_distance_over_speed(self, name: str):
        for frame in read_truth(name)["frames"]:
            for box in frame["boxes"]:
                if box["time_to_collision_s"] is not None:
                    expected = box["distance_along_track_m"] / box["closing_speed_mps"]
                    assert box["time_to_collision_s"] == pytest.approx(expected, rel=0.02)

    def test_distances_shrink_by_the_closing_speed(self, name: str):
        truth = read_truth(name)
        step_s = 1 / truth["fps"]
        pairs = zip(truth["frames"][:-1], truth["frames"][1:], strict=True)
        for before, after in pairs:
            later = {box["id"]: box for box in after["boxes"]}
            for box in before["boxes"]:
                if box["id"] in later:
                    now = later[box["id"]]
                    gone = box["distance_along_track_m"] - now["distance_along_track_m"]
                    speed = (box["closing_speed_mps"] + now["closing_speed_mps"]) / 2
                    assert gone == pytest.approx(speed * step_s, abs=0.25)

    def test_rails_are_a_gauge_apart(self, name: str):
        truth = read_truth(name)
        for frame in truth["frames"][:: max(1, len(truth["frames"]) // 5)]:
            camera = camera_of(truth, frame)
            rails = [np.array(frame["own_track"][side]) for side in ("left_rail", "right_rail")]
            near = [camera.ground_point(rail[2:6]) for rail in rails]
            gap_m = np.linalg.norm(near[0] - near[1], axis=1)
            assert gap_m == pytest.approx(truth["tram"]["gauge_m"] + 0.067, abs=0.06)

    def test_speed_file_agrees_with_the_frames(self, name: str):
        tram, truth = read_camera(name)["tram"], read_truth(name)
        if "speed_mps" in tram:
            times, speeds = [0.0], [tram["speed_mps"]]
        else:
            with (CLIPS / tram["speed_csv"]).open() as file:
                rows = list(csv.DictReader(file))
            times = [float(row["t_s"]) for row in rows]
            speeds = [float(row["speed_mps"]) for row in rows]
        for frame in truth["frames"]:
            told = np.interp(frame["t_s"], times, speeds)
            assert told == pytest.approx(frame["ego_speed_mps"], abs=0.02)
