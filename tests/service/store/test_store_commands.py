import csv
import json
from pathlib import Path

import pytest

from service.store.ageing import DAY_NS
from service.store.store import Store
from tests.service.cli.programs import wayside
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, lot_event, spot_event

LONG_S = 60


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Some changes of long ago."""
    path = tmp_path / "store.sqlite"
    store = Store(str(path), clock_ns=lambda: NOON_NS)
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1), spot_event(2, status="occupied"), lot_event(3, 2, 3)])
    assert store.writer.flush(LONG_S)
    store.close()
    return path


def last_json(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_info_says_what_is_there(monkeypatch, capsys, database):
    assert wayside(monkeypatch, "store", "info", "--database", database, "--json") == 0
    told = last_json(capsys)
    assert told["schema"] == told["newest_schema"]
    assert told["sites"] == {"yard": "2026-05-01T12:00:00.000Z"}
    assert told["rows"]["spot_changes"] == 2
    assert wayside(monkeypatch, "store", "info", "--database", database) == 0
    assert "site yard, last served 2026-05-01" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["info"], ["export", "spots", "x.csv"], ["retain", "x.yaml"]])
def test_a_mistaken_name_is_told_and_makes_no_database(monkeypatch, capsys, tmp_path, command):
    path = tmp_path / "stroe.sqlite"
    (tmp_path / "x.yaml").write_text(LOT_YAML)
    monkeypatch.chdir(tmp_path)
    assert wayside(monkeypatch, "store", *command, "--database", path) == 2
    assert f"there is no database {path}" in capsys.readouterr().err
    assert not path.exists()


def test_migrate_makes_a_database_and_then_finds_it_up_to_date(monkeypatch, capsys, tmp_path):
    path = tmp_path / "folder" / "new.sqlite"
    assert wayside(monkeypatch, "store", "migrate", "--database", path) == 0
    assert "schema none →" in capsys.readouterr().out
    assert wayside(monkeypatch, "store", "migrate", "--database", path) == 0
    assert "is up to date" in capsys.readouterr().out


def test_export_writes_what_was_asked_for(monkeypatch, capsys, tmp_path, database):
    out = tmp_path / "spots.csv"
    options = ["--database", database, "--from", "2026-05-01T12:00:02Z", "--json"]
    options += ["--to", "9999-12-31T00:00:00Z"]  # later than any database can hold
    assert wayside(monkeypatch, "store", "export", "spots", out, *options) == 0
    assert last_json(capsys)["rows"] == 1
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["spot_id"], row["status"]) == ("A1", "occupied")
    parquet = tmp_path / "lots.parquet"
    assert wayside(monkeypatch, "store", "export", "lots", parquet, "--database", database) == 0
    assert parquet.read_bytes()[:4] == b"PAR1"


def test_retain_removes_what_is_old_and_keeps_the_last(monkeypatch, capsys, database):
    options = ["--changes-days", "1", "--alerts-days", "9", "--usage-days", "9"]
    options += ["--pictures-days", "9", "--database", database, "--json"]
    assert wayside(monkeypatch, "store", "retain", *options) == 0
    removed = last_json(capsys)["removed"]["yard"]
    assert (removed["spot_changes"], removed["lot_counts"]) == (1, 0)


def test_site_that_keeps_a_century_loses_nothing(monkeypatch, capsys, tmp_path):
    database, site_file = tmp_path / "store.sqlite", tmp_path / "yard.yaml"
    store = Store(str(database), clock_ns=lambda: NOON_NS)
    store.writer.start(["yard"])
    long_ago = {"timestamp_ns": NOON_NS - 500 * DAY_NS}
    store.writer.offer([spot_event(1).model_copy(update=long_ago), spot_event(2)])
    assert store.writer.flush(LONG_S)
    store.close()
    site_file.write_text(LOT_YAML + "retention: {changes_days: 36500}\n")
    retain = ["store", "retain", "--database", database, "--json"]
    assert wayside(monkeypatch, *retain) == 2
    assert "give the site files, whose retention counts" in capsys.readouterr().err
    assert wayside(monkeypatch, *retain, site_file) == 0
    assert last_json(capsys)["removed"]["yard"]["spot_changes"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["export", "cars", "x.csv"], 2, "wanted one of spots, lots", id="what"),
        pytest.param(["export", "spots", "x.xls"], 2, "ends in .csv or .parquet", id="form"),
        pytest.param(["export", "spots", "x.csv", "--from", "noon"], 2, "got 'noon'", id="time"),
        pytest.param(
            ["export", "spots", "x.csv", "--site", "twin"], 2, "it has yard", id="no such site"
        ),
        pytest.param(["retain", "--changes-days", "0"], 2, "got 0", id="days"),
        pytest.param(
            ["retain", "--changes-days", "9"],
            2,
            "or --alerts-days, --usage-days, --pictures-days",
            id="not all days",
        ),
        pytest.param(["info", "--database", "mysql://a:b@c/d"], 1, "mysql://a:***@c/d", id="kind"),
        pytest.param(
            ["info", "--database", "mysql://c/d?user=a&password=b"],
            1,
            "mysql://c/d?user=a;",
            id="password among options",
        ),
        pytest.param(
            ["migrate", "--database", "/proc/x/y.sqlite"], 1, "cannot keep data", id="folder"
        ),
    ],
)
def test_misuse_is_answered_with_a_sentence(monkeypatch, capsys, database, arguments, code, words):
    monkeypatch.setenv("WAYSIDE_DATABASE", str(database))
    assert wayside(monkeypatch, "store", *arguments) == code
    assert words in capsys.readouterr().err
