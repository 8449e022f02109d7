"""The floors stand in order, and the wheel holds what it should and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vision", "models", "streams", "service")


def test_imports_never_go_up() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = out.glob("wayside_vision-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_four_packages_only(wheel_names: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_runs_the_main_job_by_itself(wheel_names: list[str]) -> None:
    names = set(wheel_names)
    assert "models/manifest.toml" in names
    assert {name for name in names if name.endswith(".onnx")} >= {
        f"models/weights/{path.name}" for path in (ROOT / "models/weights").glob("*.onnx")
    }
    assert any(name.startswith("service/pages/") and name.endswith(".html") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_leaves_caches_and_clips_out(wheel_names: list[str]) -> None:
    unwanted = [name for name in wheel_names if ".cache" in name or name.endswith((".pyc", ".mp4"))]
    assert unwanted == []


def test_the_core_knows_no_clock_file_thread_or_socket() -> None:
    forbidden = {"time", "datetime", "threading", "socket", "pathlib", "os", "asyncio"}
    offenders = []
    for path in (ROOT / "vision").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and words[1].split(".")[0] in forbidden:
                offenders.append(f"{path.relative_to(ROOT)}: {line}")
    assert offenders == []
