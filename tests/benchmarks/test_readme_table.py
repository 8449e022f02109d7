"""What the README says was measured is what the results say."""

import json
from pathlib import Path

from benchmarks.readme_table import BEGIN, END, README, with_tables

STAMP = {
    "measured_at": "2026-01-02T03:04:05+00:00",
    "commit": "abc1234",
    "machine": {"processor": "a processor", "cores": 2},
    "libraries": {"onnxruntime": "1.0"},
}


def test_the_readme_shows_the_results_that_are_kept() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run make readme"


def test_a_result_becomes_a_row(tmp_path: Path) -> None:
    scores = {"acpds_valid": {"balanced_accuracy": 0.98765}}
    result = STAMP | {"sets": ["acpds_valid"], "models": {"mine": scores}}
    (tmp_path / "parking.json").write_text(json.dumps(result))
    text = with_tables(f"before\n{BEGIN}\nold\n{END}\nafter\n", tmp_path)
    assert "| mine | 98.8 |" in text
    assert "2026-01-02, a processor, 2 cores, onnxruntime 1.0, commit abc1234" in text
    assert "old" not in text
    assert (text.startswith("before\n"), text.endswith("after\n")) == (True, True)
