"""A database server that comes after the service: live answers go on, then all is as ever."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.access.keys import key_of_text, new_key
from service.access.roles import Role
from service.access.stored_keys import StoredKeys
from service.site.saved_layouts import SavedSites, save_layout
from service.site.site_file import load_site
from service.store.store import Store
from tests.service.cli.programs import CHECKOUT, PROGRAM, write_car_detector
from tests.service.scenes import LOT_YAML, SPOTS, lot_picture, write_clip
from tests.service.store.postgres_server import PostgresServer
from tests.streams.cameras import wait_until

LONG_S = 60
OFTEN = "public=500 operator=500 admin=500"  # the test looks again and again
NOW_NS = 1_800_000_000_000_000_000
pytestmark = pytest.mark.needs("postgresql")


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """Of this file alone: its tests stop and start it."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture
def server(own_server: PostgresServer) -> PostgresServer:
    """It runs when a test begins."""
    own_server.start()
    return own_server


def write_yard(folder: Path) -> None:
    """A camera that always sees a car on A1."""
    write_clip(folder / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(20)])
    model = write_car_detector(folder / "car.onnx")
    text = LOT_YAML.replace("yard.mp4", f"yard.mp4\n    loop: true\n    model: {model}")
    (folder / "yard.yaml").write_text(text)


def saved_by_hand(store: Store, folder: Path) -> None:
    """A layout saved in the running service: A2 is gone."""
    site = load_site(folder / "yard.yaml")
    spots = [
        {"id": name, "lot": "back" if name == "B1" else "main", "polygon": outline}
        for name, outline in SPOTS.items()
        if name != "A2"
    ]
    document = {"spots": spots, "zones": [], "map": None}
    save_layout(store.layouts, site, site.cameras[0], document, "anna", "A2 gone", NOW_NS)


@contextmanager
def served(folder: Path, address: str) -> Iterator[tuple[httpx.Client, "subprocess.Popen[str]"]]:
    """A really running service; its log goes to a file in the folder."""
    environment = {**os.environ, "WAYSIDE_DATA": str(folder / "data"), "WAYSIDE_RATES": OFTEN}
    command = [*PROGRAM, "serve", str(folder / "yard.yaml"), "--port", "0", "--database", address]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        root = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert root, (folder / "log").read_text()
        with httpx.Client(base_url=root[0], timeout=30) as client:
            assert wait_until(lambda: client.get("/health/live").status_code == 200, LONG_S)
            yield client, process
    finally:
        process.kill()
        process.communicate()


def test_a_service_starts_before_its_first_database_does(tmp_path, server):
    write_yard(tmp_path)
    address = server.new_database()
    server.stop()
    key, secret = new_key("city", Role.OPERATOR, 5)
    with served(tmp_path, address) as (client, process):

        def lot() -> dict[str, object]:
            return dict(client.get("/api/v1/lots/main").json())

        assert wait_until(lambda: lot()["text"] == "2 free", LONG_S), "residents see live counts"
        assert client.get("/health/ready").json()["database"] == "away"
        bearer = {"Authorization": f"Bearer {secret}"}
        undecided = client.get("/api/v1/spots", headers=bearer)
        assert undecided.status_code == 503, "nobody can say that the key is wrong"
        assert "database is away" in undecided.json()["detail"]
        login = client.post("/login", data={"key": secret})
        assert login.status_code == 503
        server.start()
        with_schema = Store(address)
        assert wait_until(lambda: client.get("/health/ready").json()["database"] == "ready", LONG_S)
        assert with_schema.database.schema_version(), "its tables were made by the service"
        StoredKeys(with_schema.keys).add(key)
        with_schema.close()
        client.headers.update(bearer)
        assert wait_until(lambda: client.get("/api/v1/spots").status_code == 200, LONG_S)
        assert wait_until(lambda: client.get("/health/store").json()["queued"] == 0, LONG_S)
        health = client.get("/health/store").json()
        assert (health["database"], health["lost"]) == ("ready", 0)
        assert health["written"] > 0
        changes = client.get("/api/v1/history/spots/A1").json()
        assert changes[-1]["status"] == "occupied", "what was seen meanwhile is in the history"

        def layout() -> tuple[int, str]:
            drawn = client.get("/api/v1/cameras/north/layout").json()
            return drawn["version"], drawn["created_by"]

        assert wait_until(lambda: layout() == (1, "site file"), LONG_S), "and the file's layout"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "database back" in log


def test_a_restart_while_the_database_is_down_knows_keys_and_layouts(tmp_path, server):
    write_yard(tmp_path)
    address = server.new_database()
    key, secret = new_key("city", Role.ADMIN, 5)
    # A life before: a key was made and a layout saved; the service has read both.
    store = Store.open(address, environment={"WAYSIDE_DATA": str(tmp_path / "data")})
    saved = SavedSites(lambda: [load_site(tmp_path / "yard.yaml")], store)
    saved()
    saved_by_hand(store, tmp_path)
    saved()
    assert not saved.are_provisional
    StoredKeys(store.keys, store.standby).add(key)
    store.close()
    server.stop()
    with served(tmp_path, address) as (client, _):
        client.headers["Authorization"] = f"Bearer {secret}"

        def spots() -> dict[str, str]:
            answer = client.get("/api/v1/spots")
            return {each["spot_id"]: each["status"] for each in answer.json()}

        assert wait_until(
            lambda: spots() == {"A1": "occupied", "A3": "free", "B1": "free"}, LONG_S
        ), "as the layout that was saved last has them"
        waiting = client.get("/health/store").json()
        assert waiting["database"] == "away"
        assert waiting["queued"] > 0
        assert "Database does not answer" in client.get("/", headers={"Accept": "text/html"}).text
        assert client.get("/api/v1/history/spots/A1").status_code == 503
        frames = client.get("/api/v1/cameras/north").json()["frames"]
        server.start()
        assert wait_until(lambda: client.get("/health/store").json()["queued"] == 0, LONG_S)
        assert wait_until(lambda: "site files read anew" in (tmp_path / "log").read_text(), LONG_S)
        assert spots() == {"A1": "occupied", "A3": "free", "B1": "free"}
        assert client.get("/api/v1/cameras/north").json()["frames"] >= frames, "it ran on"
        kept = client.get("/api/v1/history/spots/A1").json()
        assert kept[-1]["status"] == "occupied"
        assert "Database does not answer" not in client.get("/").text
        # What was changed in the database meanwhile counts again: the key is taken back.
        other = Store(address)
        StoredKeys(other.keys).revoke(key.key_id, NOW_NS)
        other.close()
        assert wait_until(lambda: client.get("/api/v1/spots").status_code == 401, LONG_S)
        copy = Store(address, environment={"WAYSIDE_DATA": str(tmp_path / "data")}).standby
        assert copy is not None
        assert wait_until(lambda: copy.keys.all()[0].revoked_ns == NOW_NS, LONG_S)
        copy.close()
    # And it is void from now on, also where the database is away again at the next start.
    server.stop()
    store = Store(address, environment={"WAYSIDE_DATA": str(tmp_path / "data")})
    keys = StoredKeys(store.keys, store.standby)
    assert not keys.refresh()
    assert [each.key_id for each in keys.known()] == [key.key_id]
    assert key_of_text(secret, keys, NOW_NS + 1) is None
    store.close()
    copies = list((tmp_path / "data").glob("standby-*"))
    assert copies
    for path in copies:
        assert secret.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0, "for nobody else's eyes"


def test_without_server_and_copy_sites_are_as_their_files_say(tmp_path, server):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    address = server.new_database()
    server.stop()
    store = Store(address, environment={"WAYSIDE_DATA": str(tmp_path / "data")})
    saved = SavedSites(lambda: [load_site(tmp_path / "yard.yaml")], store)
    (site,) = saved()
    assert saved.are_provisional
    assert [spot.spot_id for _, spot in site.spots()] == list(SPOTS)
    store.close()
    (tmp_path / "no_folder").write_text("so there can be no copy either")
    store = Store(address, environment={"WAYSIDE_DATA": str(tmp_path / "no_folder")})
    (site,) = SavedSites(lambda: [load_site(tmp_path / "yard.yaml")], store)()
    assert [spot.spot_id for _, spot in site.spots()] == list(SPOTS)
    store.close()
