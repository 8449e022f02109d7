"""`wayside bench` runs the scripts of the checkout and passes their verdict on."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import bench as bench_command
from service.cli import build_app
from service.errors import MisuseError


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "bench_quick.py").write_text("print('{\"ratio\": 1.1}')")
    (folder / "bench_slow.py").write_text("print('{\"ratio\": 9.9}')\nraise SystemExit(1)")
    monkeypatch.setattr(bench_command, "BENCHMARKS_DIR", folder)
    return folder


@pytest.mark.usefixtures("scripts")
def test_a_kept_budget_is_a_pass() -> None:
    done = CliRunner().invoke(build_app(), ["bench", "quick", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout.splitlines()[-1]) == {"quick": {"passed": True, "ratio": 1.1}}


@pytest.mark.usefixtures("scripts")
def test_one_broken_budget_fails_the_whole() -> None:
    done = CliRunner().invoke(build_app(), ["bench", "--json"])
    assert done.exit_code == 1
    results = json.loads(done.stdout.splitlines()[-1])
    assert {name: result["passed"] for name, result in results.items()} == {
        "quick": True,
        "slow": False,
    }


def test_what_could_not_be_measured_is_no_pass(scripts: Path) -> None:
    (scripts / "bench_slow.py").write_text('print(\'{"not_measured": "no peer here"}\')')
    done = CliRunner().invoke(build_app(), ["bench", "slow"])
    assert done.exit_code == 0
    assert "slow: not measured" in done.stderr
    assert "no peer here" in done.stdout


@pytest.mark.usefixtures("scripts")
def test_an_unknown_benchmark_is_named() -> None:
    done = CliRunner().invoke(build_app(), ["bench", "quikc"])
    assert isinstance(done.exception, MisuseError)
    assert str(done.exception) == "no benchmark is called 'quikc'; there are: quick, slow"


def test_a_wheel_says_that_benchmarks_are_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_command, "BENCHMARKS_DIR", tmp_path)
    done = CliRunner().invoke(build_app(), ["bench"])
    assert "source checkout" in str(done.exception)
