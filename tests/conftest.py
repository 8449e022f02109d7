"""What tests may need beyond Python: skipped where it is missing, demanded where CI=true."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.golden_folder import GoldenFolder
from tests.service.store.postgres_server import postgresql_programs

_numbers = itertools.count()
SHARED = Path(__file__).resolve().parents[2] / "shared"


def _has_gstreamer_rtsp() -> bool:
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    python = Path("/usr/bin/python3")
    if not python.exists():
        return False
    return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0


def _has_postgresql() -> bool:
    return postgresql_programs() is not None


PARTS: dict[str, tuple[str, Callable[[], bool]]] = {
    "shared": ("the material folder ../shared", SHARED.is_dir),
    "ffmpeg": ("ffmpeg", lambda: shutil.which("ffmpeg") is not None),
    "chromium": ("chromium", lambda: shutil.which("chromium") is not None),
    "rtsp_server": ("GStreamer's RTSP server with python3-gi", _has_gstreamer_rtsp),
    "systemd": ("systemd-analyze", lambda: shutil.which("systemd-analyze") is not None),
    "openssl": ("openssl", lambda: shutil.which("openssl") is not None),
    "postgresql": ("a PostgreSQL server and psycopg", _has_postgresql),
    "mosquitto": ("mosquitto", lambda: shutil.which("mosquitto") is not None),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden answers are rewritten by a flag, and the commit says why."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or with CI=true fail, a test whose needed parts are not on this machine."""
    for marker in item.iter_markers("needs"):
        for part in marker.args:
            what, is_present = PARTS[part]
            if is_present():
                continue
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI must have {what}", pytrace=False)
            pytest.skip(f"needs {what}")


@pytest.fixture(scope="session", autouse=True)
def _data_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the user's own data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAYSIDE_DATA", str(tmp_path_factory.getbasetemp() / "data"))
        yield


@pytest.fixture(autouse=True)
def _own_data(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees another one's data."""
    folder = tmp_path_factory.getbasetemp() / f"data-{next(_numbers)}"
    monkeypatch.setenv("WAYSIDE_DATA", str(folder))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material; use with `@pytest.mark.needs("shared")`."""
    return SHARED


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> GoldenFolder:
    """The kept answers in tests/golden, written anew with --update-golden."""
    return GoldenFolder(is_updating=request.config.getoption("--update-golden"))
