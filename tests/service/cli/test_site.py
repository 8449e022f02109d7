import json
from pathlib import Path

import shapely
import yaml

from service.site.site_file import load_site
from tests.service.cli.programs import wayside
from tests.service.scenes import LOT_YAML, SPOTS, lot_picture, write_clip

CLIPS = Path(__file__).parents[3] / "sample_videos"


def test_sound_site(tmp_path, monkeypatch, capfd):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    write_clip(tmp_path / "yard.mp4", [lot_picture((), 1)])
    assert wayside(monkeypatch, "site", "check", tmp_path / "yard.yaml", "--json") == 0
    report = json.loads(capfd.readouterr().out)
    assert report == {
        "ok": True,
        "faults": [],
        "hints": [],
        "site": "yard",
        "lots": 2,
        "cameras": 1,
        "spots": 4,
    }


def test_faults_are_in_the_json_too(tmp_path, monkeypatch, capfd):
    (tmp_path / "yard.yaml").write_text(LOT_YAML.replace("id: A2", "id: A1"))
    assert wayside(monkeypatch, "site", "check", tmp_path / "yard.yaml", "--json") == 1
    said = capfd.readouterr()
    assert json.loads(said.out)["faults"] == [said.err.strip().removeprefix("wayside: ")]


def test_spots_on_one_another_are_a_hint_and_no_fault(tmp_path, monkeypatch, capfd):
    """A2 lies on half of A1, and on less than a third of A3."""
    moved = [[50, 100], [175, 100], [175, 160], [50, 160]]
    site = tmp_path / "yard.yaml"
    site.write_text(LOT_YAML.replace(str(SPOTS["A2"]), str(moved)))
    write_clip(tmp_path / "yard.mp4", [lot_picture((), 1)])
    assert wayside(monkeypatch, "site", "check", site, "--json") == 0
    said = capfd.readouterr()
    assert json.loads(said.out)["hints"] == [
        f"{site}: cameras.0: hint: spots A1 and A2 share 50% of the smaller one;"
        " if they are two outlines of one place, remove one"
    ]
    assert "spots A1 and A2 share" in said.err
    assert wayside(monkeypatch, "site", "check", site) == 0
    assert "is fine" in capfd.readouterr().out


def test_spots_drawn_on_a_picture_of_another_size_fit_and_of_another_shape_do_not(
    tmp_path, monkeypatch, capfd
):
    site = tmp_path / "yard.yaml"
    write_clip(tmp_path / "yard.mp4", [lot_picture((), 1)])
    said = []
    for height_px in (360, 480):
        size = f"width_px: 640\n    height_px: {height_px}\n    spots:"
        site.write_text(LOT_YAML.replace("spots:", size))
        wayside(monkeypatch, "site", "check", site, "--json")
        said.append(json.loads(capfd.readouterr().out)["faults"])
    assert said == [
        [],
        [
            f"{site}: cameras.0: the spots of camera north were drawn on a picture of 640x480 px,"
            " which has another shape than one of 320x180 px"
        ],
    ]


def test_schema_is_json(monkeypatch, capfd):
    assert wayside(monkeypatch, "site", "schema") == 0
    assert json.loads(capfd.readouterr().out)["title"] == "SiteDocument"


def test_suggested_layout_has_the_spots_that_were_used(tmp_path, monkeypatch, capfd):
    out = tmp_path / "day.site.yaml"
    clip = CLIPS / "lot_day.mp4"
    assert wayside(monkeypatch, "site", "suggest", clip, "--out", out) == 0
    assert "vehicles that stood" in capfd.readouterr().err
    proposed = [shapely.Polygon(spot.polygon) for _, spot in load_site(out).spots()]
    assert load_site(out).cameras[0].plan.layout.drawn_px == (640, 360)
    truth = json.loads((CLIPS / "lot_day.truth.json").read_text())
    used = {name for frame in truth["frames"] for name, is_in in frame["occupied"].items() if is_in}
    spots = [shapely.Polygon(truth["spots"][name]) for name in used]
    found = [
        max(each.intersection(other).area / each.union(other).area for other in proposed) >= 0.5
        for each in spots
    ]
    assert sum(found) >= 0.8 * len(used)


def test_imported_outlines_make_a_site_file_that_is_never_overwritten(tmp_path, monkeypatch, capfd):
    drawn = tmp_path / "bounding_boxes.json"
    drawn.write_text('[{"points": [[10, 20], [60, 20], [60, 90], [10, 90]]}]')
    out = tmp_path / "new.site.yaml"
    asked = ("site", "import", drawn, "--lot", "west", "--scale", "0.5", "--out", out)
    assert wayside(monkeypatch, *asked) == 0
    assert [(spot.lot_id, spot.polygon.tolist()) for _, spot in load_site(out).spots()] == [
        ("west", [[5, 10], [30, 10], [30, 45], [5, 45]])
    ]
    assert wayside(monkeypatch, *asked) == 2
    assert "is there already" in capfd.readouterr().err


def test_source_is_named_from_the_folder_of_the_site_file(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    write_clip(tmp_path / "yard.mp4", [lot_picture((), 1)])
    (tmp_path / "a.json").write_text('[{"points": [[10, 20], [60, 20], [60, 90], [10, 90]]}]')

    def source_of(source: str, out: str) -> str:
        asked = ("site", "import", "a.json", "--source", source, "--out", out)
        assert wayside(monkeypatch, *asked) == 0
        capfd.readouterr()
        return yaml.safe_load((tmp_path / out).read_text())["cameras"][0]["source"]

    assert source_of("yard.mp4", "sub/a.yaml") == "../yard.mp4"
    assert wayside(monkeypatch, "site", "check", "sub/a.yaml") == 0
    assert source_of("yard.mp4", "a.yaml") == "yard.mp4"
    assert source_of("rtsp://camera/1", "sub/b.yaml") == "rtsp://camera/1"
    assert source_of(str(tmp_path / "yard.mp4"), "sub/c.yaml") == str(tmp_path / "yard.mp4")


def test_outlines_in_degrees_want_a_map(tmp_path, monkeypatch, capfd):
    points = [[2.0, 48.0], [2.001, 48.0], [2.001, 48.001], [2.0, 48.001]]
    pixels = [[0, 180], [320, 180], [320, 0], [0, 0]]
    ring = [[2.0, 48.0], [2.0005, 48.0], [2.0005, 48.0005], [2.0, 48.0005], [2.0, 48.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"id": "A1"}, "geometry": geometry}
    drawn = tmp_path / "lot.geojson"
    drawn.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert wayside(monkeypatch, "site", "import", drawn) == 2
    assert "is in degrees: give --site SITE.yaml" in capfd.readouterr().err
    pairs = [{"pixel": p, "lonlat": q} for p, q in zip(pixels, points, strict=True)]
    site = tmp_path / "yard.yaml"
    site.write_text(LOT_YAML + f"    map: {json.dumps({'points': pairs})}\n")
    out = tmp_path / "new.yaml"
    assert wayside(monkeypatch, "site", "import", drawn, "--site", site, "--out", out) == 0
    corners = next(spot.polygon for _, spot in load_site(out).spots())
    assert corners.round(1).tolist() == [[0, 180], [160, 180], [160, 90], [0, 90]]


def test_what_cannot_be_imported_is_one_sentence(tmp_path, monkeypatch, capfd):
    assert wayside(monkeypatch, "site", "import", tmp_path / "none.json") == 1
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "none.json: cannot be read: No such file or directory" in said
