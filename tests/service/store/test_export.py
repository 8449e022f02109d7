import csv

import pytest

from service.store.export import EXPORTS, csv_lines


@pytest.mark.parametrize("seconds", [2346706.25, 0.1, 86400.0, 1234567.890123])
def test_csv_gives_numbers_back_as_they_were(seconds):
    columns = EXPORTS["hours"]
    row = tuple(seconds if kind == "number" else None for kind in columns.values())
    (found,) = csv.DictReader("".join(csv_lines(columns, [row])).splitlines())
    assert float(found["free_s"]) == seconds
    assert "e" not in found["free_s"]


def test_csv_leaves_what_is_not_known_empty():
    columns = EXPORTS["alerts"]
    (found,) = csv.DictReader("".join(csv_lines(columns, [(None,) * len(columns)])).splitlines())
    assert set(found.values()) == {""}
