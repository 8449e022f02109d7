"""`wayside calibrate` on a rendered clip whose pose is known, and on what is no clip of rails."""

import json
from pathlib import Path
from textwrap import indent

import pytest
from typer.testing import CliRunner

from service.cli import build_app
from service.errors import ClipError
from service.site.site import TramPlan
from service.site.site_file import load_site
from tests.service.cli.programs import wayside

CLIPS = Path(__file__).parents[3] / "sample_videos"


def test_pose_of_a_clip_agrees_with_its_site_file(tmp_path: Path) -> None:
    drawn = tmp_path / "rails.png"
    site = str(CLIPS / "tram_beside_track.site.yaml")
    clip = str(CLIPS / "tram_beside_track.mp4")
    result = CliRunner().invoke(
        build_app(), ["calibrate", clip, "--site", site, "--draw", str(drawn), "--json"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.output.splitlines()[-1])
    assert found["pitch_deg"]["value"] == pytest.approx(4.0, abs=0.3)
    assert found["height_m"]["value"] == pytest.approx(2.4, rel=0.05)
    assert found["yaw_deg"]["value"] == pytest.approx(0.0, abs=0.3)
    assert found["disagreements"] == []
    assert drawn.stat().st_size > 10_000


def test_site_file_that_is_off_is_told(tmp_path: Path) -> None:
    clip = CLIPS / "tram_beside_track.mp4"
    text = (CLIPS / "tram_beside_track.site.yaml").read_text(encoding="utf-8")
    site = tmp_path / "site.yaml"
    site.write_text(text.replace("pitch_deg: 4.0", "pitch_deg: 5.5"), encoding="utf-8")
    result = CliRunner().invoke(build_app(), ["calibrate", str(clip), "--site", str(site)])
    assert result.exit_code == 1
    assert "pitch_deg is 5.5° in the site file" in " ".join(result.output.split())


def test_what_is_found_goes_into_a_site_file_as_it_is_printed(tmp_path: Path) -> None:
    clip = CLIPS / "tram_beside_track.mp4"
    result = CliRunner().invoke(build_app(), ["calibrate", str(clip), "--focal", "640"])
    printed = result.output[result.output.index("camera:\n") :]
    head = f"site: line\ncameras:\n- id: cab\n  mission: tram\n  source: {clip}\n  tram:\n"
    site = tmp_path / "line.yaml"
    site.write_text(head + indent(printed, "    "), encoding="utf-8")
    plan = load_site(site).cameras[0].plan
    assert isinstance(plan, TramPlan)
    camera = plan.settings.camera
    assert (camera.focal_px, camera.principal_px) == (640, (320, 180))
    assert camera.pitch_deg == pytest.approx(4.0, abs=0.3)


def test_parking_lot_has_no_rails() -> None:
    result = CliRunner().invoke(build_app(), ["calibrate", str(CLIPS / "lot_rain.mp4")])
    assert isinstance(result.exception, ClipError)
    assert "no two rails" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--camera", "cab"), "--camera does not go with a clip without --site"),
        (("--site", "cab.yaml", "--gauge", "1.0"), "--gauge does not go with --site"),
    ],
)
def test_option_that_says_nothing_is_refused(monkeypatch, capfd, arguments, sentence) -> None:
    assert wayside(monkeypatch, "calibrate", "cab.mp4", *arguments) == 2
    assert sentence in capfd.readouterr().err


def test_drawing_is_checked_before_the_clip_is_read(monkeypatch, capfd, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rails.png").write_bytes(b"a picture")
    assert wayside(monkeypatch, "calibrate", "rails.png", "--draw", "rails.png") == 2
    assert "--draw would overwrite rails.png" in capfd.readouterr().err
    assert wayside(monkeypatch, "calibrate", "cab.mp4", "--draw", "none/rails.png") == 1
    assert "there is no folder none" in capfd.readouterr().err
