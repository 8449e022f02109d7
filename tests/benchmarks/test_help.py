"""Whoever asks a script what it does gets an answer, and no new result."""

from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["bench_key_frames", "eval_parking_clips", "readme_table"])
def test_help_measures_and_writes_nothing(capsys, monkeypatch, name):
    monkeypatch.setattr("sys.argv", [name, "--help"])
    script = import_module(f"benchmarks.{name}")
    with pytest.raises(SystemExit) as end:
        script.main()
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("usage: ")
