"""Keys by command, and a service that wants them."""

import json
import re
import signal
import time
from pathlib import Path

import httpx
import pytest

from service.access.keys import KEY_TEXT
from tests.service.cli.programs import start_wayside, wayside, write_car_detector
from tests.service.scenes import LOT_YAML, lot_picture, write_clip
from tests.streams.cameras import wait_until


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch) -> Path:
    """Every test has its own database and secret."""
    monkeypatch.setenv("WAYSIDE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("WAYSIDE_DATABASE", raising=False)
    return tmp_path / "data"


def answer_of(capsys, monkeypatch, *arguments: object) -> dict:
    assert wayside(monkeypatch, "keys", *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_key_is_made_listed_and_revoked(capsys, monkeypatch, own_data):
    made = answer_of(capsys, monkeypatch, "add", "control room", "--role", "operator")
    assert KEY_TEXT.fullmatch(made["key"])
    assert made["role"] == "operator"
    short = answer_of(capsys, monkeypatch, "add", "visitor", "--role", "reader", "--days", 2)
    assert short["expires_at"] > made["created_at"]
    listed = answer_of(capsys, monkeypatch, "list")["keys"]
    assert [(each["name"], each["is_good"]) for each in listed] == [
        ("control room", True),
        ("visitor", True),
    ]
    assert "key" not in listed[0]
    assert not answer_of(capsys, monkeypatch, "revoke", made["key_id"])["is_good"]
    assert wayside(monkeypatch, "keys", "list") == 0
    shown = capsys.readouterr().out
    assert "revoked" in shown
    kept = b"".join(path.read_bytes() for path in own_data.rglob("*") if path.is_file())
    for text in (made["key"], short["key"]):
        assert text[-43:] not in shown
        assert text[-43:].encode() not in kept


def test_key_for_people_is_told_once_and_goes_alone_into_a_file(capsys, monkeypatch):
    assert wayside(monkeypatch, "keys", "add", "cab 12", "--role", "display") == 0
    told = capsys.readouterr()
    assert "cab 12 (display)" in told.err
    assert KEY_TEXT.fullmatch(told.out.rstrip("\n")), "a file that takes it holds the key alone"


@pytest.mark.parametrize("name", ["depot [/dev/ttyS1]", "[cab 12] tablet", "gate :lock:"])
def test_keys_are_listed_by_the_names_they_were_given(capsys, monkeypatch, name):
    answer_of(capsys, monkeypatch, "add", name, "--role", "display")
    assert wayside(monkeypatch, "keys", "list") == 0
    assert name in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("revoke", "000000000000"), "there is no key '000000000000'"),
        (("add", "  ", "--role", "reader"), "wanted a name of 1 to 100 signs"),
        (("add", "a", "--role", "reader", "--days", 3_000_000), "most 36500 days, got 3000000"),
    ],
)
def test_misuse_is_one_sentence(capsys, monkeypatch, arguments, refusal):
    assert wayside(monkeypatch, "keys", *arguments) == 2
    assert refusal in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("--no-access", "--host", "0.0.0.0"), "without keys the service listens on this machine"),
        (("--tls-cert", "cert.pem"), "HTTPS wants both --tls-cert and --tls-key"),
    ],
)
def test_unsafe_start_is_refused(capsys, monkeypatch, tmp_path, arguments, refusal):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    assert wayside(monkeypatch, "serve", tmp_path / "yard.yaml", "--port", 0, *arguments) == 2
    assert refusal in capsys.readouterr().err


def test_demo_listens_on_loopback_only(capsys, monkeypatch):
    assert wayside(monkeypatch, "demo", "lot_day", "--host", "0.0.0.0", "--port", 0) == 2
    assert "listens on this machine only" in capsys.readouterr().err


def test_certificate_that_is_none_is_refused(capsys, monkeypatch, tmp_path):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    files = [tmp_path / "cert.pem", tmp_path / "key.pem"]
    for path in files:
        path.write_text("no certificate")
    arguments = ("--tls-cert", files[0], "--tls-key", files[1])
    assert wayside(monkeypatch, "serve", tmp_path / "yard.yaml", *arguments) == 1
    error = capsys.readouterr().err
    assert "wanted a certificate and its unencrypted key" in error


def test_service_wants_keys_and_keeps_them_to_itself(capsys, monkeypatch, tmp_path, own_data):
    write_clip(tmp_path / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(20)])
    model = write_car_detector(tmp_path / "car.onnx")
    text = LOT_YAML.replace("yard.mp4", "yard.mp4\n    loop: true")
    text = text.replace("    mission:", f"    model: {model}\n    mission:")
    (tmp_path / "yard.yaml").write_text(text)
    process = start_wayside("serve", tmp_path / "yard.yaml", "--port", 0)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(3)]
        root = re.search(r"http://\S+:\d+", said[0])
        assert root, process.stderr and process.stderr.read()
        assert "No key yet: wayside keys add NAME --role admin" in said[2]
        with httpx.Client(base_url=root[0], timeout=20) as client:
            assert wait_until(lambda: client.get("/health/live").status_code == 200)
            assert client.get("/api/v1/lots").status_code == 200
            assert client.get("/api/v1/spots").status_code == 401
            made = answer_of(capsys, monkeypatch, "add", "admin", "--role", "admin")
            headers = {"Authorization": f"Bearer {made['key']}"}

            def status() -> int:
                return client.get("/api/v1/spots", headers=headers).status_code

            assert wait_until(lambda: status() == 200)
            client.get(f"/api/v1/events/recent?key={made['key']}")
            wish = {"name": "second", "role": "reader"}
            second = client.post("/api/v1/keys", headers=headers, json=wish).json()["key"]
            assert wait_until(lambda: client.get("/api/v1/changes", headers=headers).json())
            answer_of(capsys, monkeypatch, "revoke", made["key_id"])
            assert wait_until(lambda: status() == 401)
        assert wait_until(lambda: any(own_data.rglob("*.npz")))
        process.send_signal(signal.SIGTERM)
        began_s = time.monotonic()
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - began_s < 10
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
    assert '"action": "make_key"' in err
    kept = b"".join(path.read_bytes() for path in own_data.rglob("*") if path.is_file())
    for key in (made["key"], second):
        assert key[-43:] not in out + err
        assert key[-43:].encode() not in kept
    found = {path.relative_to(own_data).as_posix() for path in own_data.rglob("*")}
    assert {"session_secret", "wayside.sqlite", "references", "references/yard/north.npz"} <= found
    assert not [each for each in found if (own_data / each).stat().st_mode & 0o077]
