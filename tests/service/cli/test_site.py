import json

from tests.service.cli.programs import wayside
from tests.service.scenes import LOT_YAML, lot_picture, write_clip


def test_sound_site(tmp_path, monkeypatch, capfd):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    write_clip(tmp_path / "yard.mp4", [lot_picture((), 1)])
    assert wayside(monkeypatch, "site", "check", tmp_path / "yard.yaml", "--json") == 0
    report = json.loads(capfd.readouterr().out)
    assert report == {
        "ok": True,
        "faults": [],
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


def test_schema_is_json(monkeypatch, capfd):
    assert wayside(monkeypatch, "site", "schema") == 0
    assert json.loads(capfd.readouterr().out)["title"] == "SiteDocument"
