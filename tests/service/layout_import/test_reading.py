"""Files of other tools, written here as those tools write them."""

import json

import cv2
import numpy as np
import pytest

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline
from service.layout_import.reading import as_spots, is_geographic, read_outlines
from service.layout_import.site_text import site_text
from service.site.site_file import load_site

SQUARE = [[10, 20], [60, 20], [60, 90], [10, 90]]
PKLOT = """<parking id="lot"><space id="7" occupied="1"><contour>
<point x="10" y="20"/><point x="60" y="20"/><Point x="60" y="90"/><point x="10" y="90"/>
</contour></space></parking>"""
CVAT = """<annotations><image id="0" name="a.png"><polygon label="Disabled"
 points="10,20;60,20;60,90;10,90"><attribute name="id">A1</attribute></polygon>
</image></annotations>"""
CVAT_BOX = """<annotations><image id="0" name="a.png"><box label="parking space" xtl="0"
 ytl="30" xbr="70" ybr="80" rotation="90"><attribute name="id">A1</attribute></box>
</image></annotations>"""
CVAT_TRACK = """<annotations><track id="0" label="Free_parking_space">
<polygon frame="0" points="10,20;60,20;60,90;10,90"><attribute name="id">A1</attribute></polygon>
<polygon frame="9" outside="1" points="11,20;60,20;60,90;10,90"/></track></annotations>"""
COCO = json.dumps(
    {
        "images": [{"id": 1}],
        "categories": [{"id": 3, "name": "taxi"}],
        "annotations": [
            {"image_id": 1, "category_id": 3, "segmentation": [[10, 20, 60, 20, 60, 90, 10, 90]]}
        ],
    }
)
COCO_BOX = json.dumps({"annotations": [{"image_id": 1, "bbox": [10, 20, 50, 70]}]})
ULTRALYTICS = json.dumps([{"points": SQUARE}])
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": "A1", "group": "residents"},
                "geometry": {"type": "Polygon", "coordinates": [[*SQUARE, SQUARE[0]]]},
            }
        ],
    }
)
QGIS = GEOJSON.replace("Polygon", "MultiPolygon").replace("[[[", "[[[[").replace("]]]", "]]]]")


def with_polygon(coordinates: object) -> str:
    """GeoJSON of one polygon with these coordinates."""
    geometry = {"type": "Polygon", "coordinates": coordinates}
    return json.dumps({"type": "FeatureCollection", "features": [{"geometry": geometry}]})


@pytest.mark.parametrize(
    ("name", "text", "spot_id", "group"),
    [
        pytest.param("a.xml", PKLOT, "7", "general", id="PKLot"),
        pytest.param("a.xml", CVAT, "A1", "disabled", id="CVAT"),
        pytest.param("a.xml", CVAT_TRACK, "A1", "general", id="CVAT of a video"),
        pytest.param("a.json", COCO, "S1", "taxi", id="COCO polygons"),
        pytest.param("a.json", COCO_BOX, "S1", "general", id="COCO boxes"),
        pytest.param("a.json", ULTRALYTICS, "S1", "general", id="Ultralytics"),
        pytest.param("a.json", "\ufeff" + ULTRALYTICS, "S1", "general", id="saved by Windows"),
        pytest.param("a.geojson", GEOJSON, "A1", "residents", id="GeoJSON"),
        pytest.param("a.geojson", QGIS, "A1", "residents", id="GeoJSON by QGIS"),
    ],
)
def test_outlines_of_other_tools_make_a_site_file(tmp_path, name, text, spot_id, group):
    (tmp_path / name).write_text(text, encoding="utf-8")
    spots = as_spots(read_outlines(tmp_path / name), "main")
    assert spots == [{"id": spot_id, "lot": "main", "group": group, "polygon": SQUARE}]
    (tmp_path / "site.yaml").write_text(site_text("My lot", "rtsp://camera/1", spots, "main"))
    site = load_site(tmp_path / "site.yaml")
    assert (site.site_id, [spot.spot_id for _, spot in site.spots()]) == ("my-lot", [spot_id])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.xml", CVAT.replace('name="a.png"', 'name="a.png" width="1280" height="720"')),
        (
            "a.xml",
            CVAT_TRACK.replace(
                "<track",
                "<meta><job><original_size><width>1280</width><height>720</height>"
                "</original_size></job></meta><track",
            ),
        ),
        ("a.json", COCO.replace('"id": 1}', '"id": 1, "width": 1280, "height": 720}')),
    ],
    ids=["CVAT", "CVAT of a video", "COCO"],
)
def test_size_of_the_picture_on_which_spots_were_drawn_is_kept(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    outline = read_outlines(tmp_path / name)[0].scaled(0.5)
    assert outline.drawn_px == (640, 360)
    spots = as_spots([outline], "main")
    written = site_text("lot", "rtsp://camera/1", spots, "main", outline.drawn_px)
    (tmp_path / "site.yaml").write_text(written)
    assert load_site(tmp_path / "site.yaml").cameras[0].plan.layout.drawn_px == (640, 360)


def test_every_ring_of_a_coco_annotation_is_an_outline(tmp_path):
    two = json.loads(COCO) | {"categories": None}
    two["annotations"][0]["attributes"] = {"name": "A1"}
    two["annotations"][0]["segmentation"].append([110, 20, 160, 20, 160, 90])
    (tmp_path / "a.json").write_text(json.dumps(two))
    spots = as_spots(read_outlines(tmp_path / "a.json"), "main")
    assert [(spot["id"], spot["polygon"]) for spot in spots] == [
        ("A1", SQUARE),
        ("A1-2", [[110, 20], [160, 20], [160, 90]]),
    ]


def test_turned_box_of_cvat(tmp_path):
    (tmp_path / "a.xml").write_text(CVAT_BOX)
    (box,) = read_outlines(tmp_path / "a.xml")
    assert sorted(map(tuple, box.polygon.round(6).tolist())) == [
        (10, 20),
        (10, 90),
        (60, 20),
        (60, 90),
    ]
    assert as_spots([box], "main")[0]["group"] == "general"


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("parking space", "general"),
        ("space-occupied", "general"),
        ("not_free_parking_space", "general"),
        ("Disabled", "disabled"),
        ("Disabled Parking", "disabled"),
        ("residents parking", "residents"),
        ("EV charging", "electric"),
        ("handicapped_space", "disabled"),
        ("nurses parking", "nurses-parking"),
        ("not disabled", "not-disabled"),
    ],
)
def test_words_that_only_say_that_it_is_a_spot_are_no_group(label, group):
    (spot,) = as_spots([Outline("A1", np.array(SQUARE, float), label)], "main")
    assert spot["group"] == group


@pytest.mark.parametrize(
    "colour_bgr",
    [
        pytest.param((255, 255, 255), id="white"),
        pytest.param((0, 0, 255), id="red"),
        pytest.param((255, 0, 0), id="blue"),
        pytest.param((255, 0, 255), id="magenta"),
        pytest.param((0, 128, 0), id="dark green"),
    ],
)
def test_mask_picture(tmp_path, colour_bgr):
    mask = np.zeros((160, 200, 3), np.uint8)
    for left in (10, 100):
        cv2.rectangle(mask, (left, 20), (left + 50, 90), colour_bgr, -1)
    mask[150, 150] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    outlines = read_outlines(tmp_path / "mask.png")
    assert outlines[0].drawn_px == (200, 160)
    spots = as_spots(outlines, "main")
    corners = sorted(sorted(map(tuple, spot["polygon"])) for spot in spots)
    assert corners[0] == [(10, 20), (10, 90), (60, 20), (60, 90)]
    assert len(corners) == 2


def test_line_that_a_brush_left_beside_a_patch_is_no_part_of_the_spot(tmp_path):
    mask = np.zeros((200, 200, 3), np.uint8)
    cv2.rectangle(mask, (40, 100), (80, 160), (255, 255, 255), -1)
    cv2.line(mask, (80, 130), (130, 120), (255, 255, 255), 1)
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    (spot,) = read_outlines(tmp_path / "mask.png")
    low, high = spot.polygon.min(axis=0), spot.polygon.max(axis=0)
    np.testing.assert_allclose([*low, *high], [40, 100, 80, 160], atol=2)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        pytest.param("a.json", "[1]", r"a.json: 0: wanted COCO, GeoJSON, .*, got 1", id="numbers"),
        pytest.param("a.json", "{", "a.json:1: is not JSON", id="cut off"),
        pytest.param("a.json", "[]", "holds no outline", id="empty"),
        pytest.param("a.json", '{"a": 1}', "got keys a", id="other keys"),
        pytest.param("a.json", '[{"points": [[0, 0], [1, 1]]}]', "needs 3 corners", id="a line"),
        pytest.param(
            "a.json", '[{"points": "no"}]', "wanted pairs of numbers, got 'no'", id="text"
        ),
        pytest.param(
            "a.json",
            COCO_BOX.replace("}]", '}, {"image_id": 2, "bbox": [0, 0, 1, 1]}]'),
            "of one picture, got those of 2",
            id="two pictures",
        ),
        pytest.param(
            "a.json",
            COCO.replace("10, 90]", "10, 90, 7]"),
            r"annotations.0.segmentation.0: wanted pairs of numbers, got 9 numbers",
            id="half a corner",
        ),
        pytest.param(
            "a.json",
            COCO_BOX.replace("50", "null"),
            r"annotations.0.bbox: wanted numbers, got \[10, 20, None, 70\]",
            id="box with a hole",
        ),
        pytest.param(
            "a.json",
            COCO.replace('"segmentation"', '"attributes": [1], "segmentation"'),
            r"annotations.0.attributes: wanted a mapping, got \[1\]",
            id="attributes as a list",
        ),
        pytest.param(
            "a.json",
            COCO_BOX.replace("}]", '}, {"image_id": [1], "bbox": [0, 0, 1, 1]}]'),
            "of one picture, got those of 2",
            id="picture as a list",
        ),
        pytest.param(
            "a.json",
            '{"annotations": 5}',
            "annotations: wanted a list, got 5",
            id="annotations as a number",
        ),
        pytest.param(
            "a.geojson",
            '{"type": "FeatureCollection", "features": 5}',
            "features: wanted a list, got 5",
            id="features as a number",
        ),
        *(
            pytest.param("a.geojson", with_polygon(coordinates), f"features.0{says}", id=why)
            for why, coordinates, says in (
                ("numbers for corners", [[1, 2, 3]], ".coordinates: wanted a list, got 1"),
                ("no ring", [None], ": the Polygon has no coordinates"),
                ("no polygon", None, ": the Polygon has no coordinates"),
                ("corner without a number", [[[1, None]]], ".coordinates: wanted numbers, got"),
                ("a hole", [SQUARE, SQUARE], ": wanted a Polygon without holes, got 2 rings"),
            )
        ),
        pytest.param(
            "a.geojson",
            GEOJSON.replace('{"id": "A1", "group": "residents"}', "[1]"),
            r"features.0.properties: wanted a mapping, got \[1\]",
            id="properties as a list",
        ),
        pytest.param(
            "a.xml",
            '<annotations><image id="0"><mask label="spot" rle="1, 2"/></image></annotations>',
            "mask 0: wanted polygons and boxes, got a mask",
            id="CVAT mask",
        ),
        pytest.param("a.xml", "<parking>", "is not XML", id="cut off XML"),
        pytest.param("a.xml", "<html/>", "got <html>", id="other XML"),
        pytest.param(
            "a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><parking/>', "entities", id="entities"
        ),
        pytest.param(
            "a.xml",
            PKLOT.replace('x="10"', 'x="ten"'),
            "space 7: wanted a point as two numbers, got 'ten', '20'",
            id="no number",
        ),
        pytest.param("a.png", "no picture", "is no picture", id="no picture"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(LayoutImportError, match=says):
        read_outlines(tmp_path / name)


def test_degrees_are_told_from_pixels(tmp_path):
    (tmp_path / "a.geojson").write_text(GEOJSON)
    assert not is_geographic(read_outlines(tmp_path / "a.geojson"), tmp_path / "a.geojson")
    degrees = GEOJSON.replace("[10, 20]", "[2.0001, 48.0]").replace("[60, 20]", "[2.0002, 48.0]")
    degrees = degrees.replace("[60, 90]", "[2.0002, 48.0001]").replace(
        "[10, 90]", "[2.0001, 48.0001]"
    )
    (tmp_path / "b.geojson").write_text(degrees)
    assert is_geographic(read_outlines(tmp_path / "b.geojson"), tmp_path / "b.geojson")
