"""A car ahead in drawn pictures: the set is read, the car followed, the figures compared."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.evaluate.errors import LabelledSetError
from service.evaluate.range import LeadRange, evaluate_range, range_report, read_lead_set
from tests.builders import ScriptedDetector, make_detections

FOCAL_PX, HEIGHT_M, NEAR_TO_WHEEL_M = 700.0, 1.65, 0.4
CLOSING_MPS = 1.0


def distance_m(number: int) -> float:
    return 14.0 - CLOSING_MPS * number / 10


def box(number: int) -> list[float]:
    """A car 1.8 m wide and 1.5 m high, its wheels a little behind its end."""
    foot = 180 + FOCAL_PX * HEIGHT_M / (distance_m(number) + NEAR_TO_WHEEL_M)
    half = FOCAL_PX * 0.927 / (distance_m(number) + 0.6)
    return [600 - half, foot - 1.5 * half / 0.9, 600 + half, foot]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    rows = ["frame,t_s,lead_dist_velodyne_m,u1,v1,u2,v2,ttc_s"]
    for number in range(30):
        image = np.full((375, 1200, 3), 100, np.uint8)
        cv2.imwrite(str(tmp_path / "images" / f"{number:06d}.png"), image)
        corners = ",".join(f"{edge:.1f}" for edge in box(number))
        ttc_s = distance_m(number) / CLOSING_MPS
        rows.append(f"{number},{number / 10},{distance_m(number):.3f},{corners},{ttc_s:.2f}")
    (tmp_path / "lead_gt.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    matrix = [[FOCAL_PX, 0, 600], [0, FOCAL_PX, 180], [0, 0, 1]]
    calibration = {"K": matrix, "camera_height_m": HEIGHT_M, "fps": 10}
    (tmp_path / "calib.json").write_text(json.dumps(calibration), encoding="utf-8")
    return tmp_path


def test_car_ahead_is_ranged(folder: Path) -> None:
    script = [make_detections([box(number)], 0.9, 1) for number in range(30)]
    detector = ScriptedDetector(script, ("person", "car"))
    report = evaluate_range(read_lead_set(folder), detector, confidence=0.3)
    assert report.distance is not None
    assert report.ttc is not None
    assert report.distance["median"] < 0.03
    assert report.ttc["median"] < 0.25
    assert report.n == 29  # the first picture makes no track


def test_nothing_found_gives_no_figures(folder: Path) -> None:
    detector = ScriptedDetector([make_detections([])], ("person", "car"))
    report = evaluate_range(read_lead_set(folder), detector, confidence=0.3).to_json()
    assert (report["distance"], report["ttc"], report["n"]) == (None, None, 0)


def test_figures_are_relative_errors() -> None:
    found = [LeadRange(9.0, 10.0, 4.0, 5.0), LeadRange(10.0, 10.0, None, 5.0)]
    report = range_report(found, 2)
    assert report.distance == {"median": 0.05, "p90": 0.09}
    assert report.ttc == {"median": 0.6, "p90": 0.92}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("calib.json", "{}", "must hold K"),
        ("lead_gt.csv", "frame,t_s\n", "has no column lead_dist_velodyne_m"),
    ],
)
def test_sets_that_do_not_fit_are_refused(folder: Path, name: str, text: str, message: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(LabelledSetError, match=message):
        read_lead_set(folder)
