"""Access as callers meet it: a really running server with keys."""

import itertools
import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from service.access.caller import Access
from service.access.change_log import ChangeLog
from service.access.keys import KEY_TEXT, new_key
from service.access.limits import Rate
from service.access.local_host import is_local
from service.access.roles import Role
from service.access.stored_keys import StoredKeys
from service.live.hub import Hub
from service.site.site_file import load_site
from service.store.store import Store
from service.tls import read_tls
from tests.service.access.keys_in_memory import KeysInMemory
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML, TRAM_YAML
from tests.streams.cameras import wait_until

SECRET = b"0123456789abcdef0123456789abcdef"
OPEN = {
    "/api/v1/lots",
    "/api/v1/lots/{lot_id}",
    "/api/v1/lots/geojson",
    "/health/live",
    "/health/ready",
}


@dataclass(frozen=True)
class Door:
    """A running service and a key for every role."""

    client: httpx.Client
    keys: dict[Role, str]
    store: Store

    @property
    def root(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def get(self, path: str, role: Role | None = None, **headers: str) -> httpx.Response:
        return self.ask("GET", path, role, headers=headers)

    def ask(
        self,
        method: str,
        path: str,
        role: Role | None = None,
        headers: dict[str, str] | None = None,
        **rest: object,
    ) -> httpx.Response:
        own = {"Authorization": f"Bearer {self.keys[role]}"} if role else {}
        return self.client.request(method, path, headers={**own, **(headers or {})}, **rest)


def make_hub(folder: Path) -> Hub:
    (folder / "yard.yaml").write_text(LOT_YAML)
    (folder / "line.yaml").write_text(TRAM_YAML)
    return Hub([load_site(folder / "yard.yaml"), load_site(folder / "line.yaml")])


@pytest.fixture(scope="module")
def door(tmp_path_factory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    store = Store.open(str(folder / "wayside.sqlite"))
    keys, texts = StoredKeys(store.keys), {}
    for role in Role:
        key, texts[role] = new_key(f"the {role}", role, 5)
        keys.add(key)
    changes = ChangeLog(store.access_log)
    changes.start()
    access = Access(keys, SECRET, cors_origins=("https://city.example",))
    with (
        running_server(make_hub(folder), store=store, access=access, report=changes.report) as root,
        httpx.Client(base_url=root, timeout=20) as client,
    ):
        yield Door(client, texts, store)
    changes.stop()
    store.close()


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (None, "/api/v1/lots", 200),
        (None, "/api/v1/lots/main", 200),
        (None, "/api/v1/spots", 401),
        (None, "/api/v1/cameras/north/picture.jpg", 401),
        (None, "/api/v1/events/recent", 401),
        (None, "/api/v1/keys", 401),
        (None, "/metrics", 401),
        (None, "/openapi.json", 200),
        (None, "/static/style.css", 200),
        (Role.PUBLIC, "/api/v1/spots", 403),
        (Role.READER, "/api/v1/spots", 200),
        (Role.DISPLAY, "/api/v1/alerts/cab", 200),
        (Role.READER, "/api/v1/keys", 403),
        (Role.ENGINEER, "/api/v1/changes", 403),
        (Role.ADMIN, "/api/v1/changes", 200),
        (Role.ADMIN, "/api/v1/keys", 200),
        (Role.ADMIN, "/api/v1/spots", 200),
    ],
)
def test_roles_open_what_is_theirs(door, role, path, status):
    answer = door.get(path, role)
    assert answer.status_code == status
    if status in (401, 403):
        assert answer.headers["content-type"] == "application/problem+json"
        assert ("www-authenticate" in answer.headers) == (status == 401)


def test_every_other_route_wants_a_key(door):
    """Whatever is added later is closed until it says otherwise."""
    paths = door.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method in operations.keys() - {"parameters"}:
            if path in OPEN:
                continue
            filled = re.sub(r"\{[^}]+\}", "x", path)
            assert door.ask(method.upper(), filled).status_code == 401, (method, path)


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("Bearer wsk_000000000000_" + "A" * 43, id="unknown key"),
        pytest.param("Bearer", id="empty"),
        pytest.param("Basic bWU6czNjcmV0", id="another scheme"),
        pytest.param("Bearer wsk_x", id="no key at all"),
    ],
)
def test_wrong_key_opens_nothing_not_even_what_is_public(door, authorization):
    answer = door.get("/api/v1/lots", Authorization=authorization)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("this wants no key")
    assert "s3cret" not in answer.text


def test_key_in_the_address_is_for_streams_only(door):
    key = door.keys[Role.READER]
    assert door.get(f"/api/v1/spots?key={key}").status_code == 401
    socket_root = door.root.replace("http", "ws")
    with connect(f"{socket_root}/api/v1/events?key={key}&heartbeat_s=0.5") as events:
        assert json.loads(events.recv(10))["type"] == "heartbeat"
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{socket_root}/api/v1/events").close()
    assert refusal.value.response.status_code == 401
    headers = {"Accept": "text/event-stream"}
    for query, status in ((f"?key={key}", 200), ("", 401)):
        address = f"{door.root}/api/v1/events{query}"
        with httpx.stream("GET", address, headers=headers) as answer:
            assert answer.status_code == status


def test_revoked_key_is_refused(door):
    made = door.ask("POST", "/api/v1/keys", Role.ADMIN, json={"name": "visitor", "role": "reader"})
    assert made.status_code == 201
    key = made.json()
    headers = {"Authorization": f"Bearer {key['key']}"}
    assert door.get("/api/v1/spots", **headers).status_code == 200
    listed = door.get("/api/v1/keys", Role.ADMIN)
    assert key["key_id"] in listed.text
    assert not KEY_TEXT.search(listed.text)
    revoked = door.ask("DELETE", f"/api/v1/keys/{key['key_id']}", Role.ADMIN)
    assert revoked.json()["is_good"] is False
    assert door.get("/api/v1/spots", **headers).status_code == 401
    assert door.ask("DELETE", "/api/v1/keys/000000000000", Role.ADMIN).status_code == 404


def test_open_streams_end_with_their_key(door):
    wish = {"name": "listener", "role": "reader"}
    made = door.ask("POST", "/api/v1/keys", Role.ADMIN, json=wish).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    address = "/api/v1/events?heartbeat_s=0.5"
    socket_root = door.root.replace("http", "ws")
    with (
        door.client.stream("GET", address, headers=headers) as stream,
        connect(f"{socket_root}{address}", additional_headers=headers) as events,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        assert json.loads(events.recv(10))["type"] == "heartbeat"
        door.ask("DELETE", f"/api/v1/keys/{made['key_id']}", Role.ADMIN)
        assert set(lines) <= {"", ": heartbeat"}  # and no more
        with pytest.raises(ConnectionClosed) as end:
            list(events)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1008


def test_key_made_by_another_program_is_known_at_once(door):
    key, text = new_key("made elsewhere", Role.READER, 9)
    StoredKeys(door.store.keys).add(key)
    headers = {"Authorization": f"Bearer {text}"}

    def is_known() -> bool:
        return door.get("/api/v1/spots", **headers).status_code == 200

    assert wait_until(is_known)


def test_changes_are_written_down_and_refusals_are_not(door):
    wish = {"name": "for the record", "role": "display", "expires_in_days": 3}
    assert door.ask("POST", "/api/v1/keys", Role.ENGINEER, json=wish).status_code == 403
    assert door.ask("POST", "/api/v1/keys", Role.ADMIN, json={**wish, "role": "king"}).status_code
    key_id = door.ask("POST", "/api/v1/keys", Role.ADMIN, json=wish).json()["key_id"]
    assert door.ask("POST", "/audit/3/right", headers={"Accept": "text/html"}).status_code == 303
    assert door.ask("DELETE", f"/api/v1/keys/{key_id}", Role.ADMIN).status_code == 200

    def newest() -> list[dict[str, object]]:
        return door.get("/api/v1/changes?limit=2", Role.ADMIN).json()

    assert wait_until(lambda: newest()[0]["subject"] == f"/api/v1/keys/{key_id}")
    said = [(each["action"], each["method"], each["role"], each["name"]) for each in newest()]
    assert said == [
        ("revoke_key", "DELETE", "admin", "the admin"),
        ("make_key", "POST", "admin", "the admin"),
    ]
    first = door.get("/api/v1/changes?limit=1", Role.ADMIN)
    (following,) = door.get(first.links["next"]["url"], Role.ADMIN).json()
    assert following["action"] == "make_key"


def test_other_origins_are_let_in_only_by_name(door):
    for origin, allowed in (("https://city.example", True), ("https://evil.example", False)):
        answer = door.get("/api/v1/lots", Origin=origin)
        assert (answer.headers.get("access-control-allow-origin") == origin) == allowed
        assert "access-control-allow-credentials" not in answer.headers
        asked = door.ask(
            "OPTIONS",
            "/api/v1/spots",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization",
            },
        )
        assert (asked.status_code == 200) == allowed


def test_other_origins_are_not_let_in_by_default(tmp_path):
    with running_server(make_hub(tmp_path)) as root:
        answer = httpx.get(f"{root}/api/v1/lots", headers={"Origin": "https://city.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_foreign_page_moves_nothing_where_access_is_off(tmp_path):
    with (
        running_server(make_hub(tmp_path), is_local_only=True) as root,
        httpx.Client(base_url=root) as client,
    ):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post("/api/v1/reload", headers=headers).status_code == 403
        with pytest.raises(InvalidStatus):
            connect(
                f"{root.replace('http', 'ws')}/api/v1/events", origin="https://evil.example"
            ).close()
        assert client.get("/api/v1/spots").status_code == 200
        # A name of theirs that points here is not this machine's.
        misled = client.get("/api/v1/spots", headers={"Host": "evil.example"})
        assert misled.status_code == 421
        assert client.get("/api/v1/spots", headers={"Host": "localhost:1"}).status_code == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("localhost:8080", True), ("127.0.0.1", True), ("[::1]:8080", True)),
        *(("evil.example", False), ("127.0.0.1.evil.example", False), ("", False)),
        *(("[::1", False), ("0.0.0.0", False), ("localhost.evil.example", False)),
    ],
)
def test_names_of_this_machine(host, expected):
    assert is_local(host) == expected


def test_answers_carry_security_headers(door):
    answer = door.get("/api/v1/lots")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    page = door.get("/login")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert door.get("/login").headers["content-security-policy"] != policy  # a nonce is used once
    assert "server" not in answer.headers


def test_page_sends_to_the_login_and_the_login_back(door):
    with httpx.Client(base_url=door.root, headers={"Accept": "text/html"}) as browser:
        sent = browser.get("/sites/yard/parking?lang=fr")
        assert (sent.status_code, sent.headers["location"]) == (
            303,
            "/login?next=%2Fsites%2Fyard%2Fparking%3Flang%3Dfr",
        )
        form = browser.get(sent.headers["location"])
        assert 'value="/sites/yard/parking?lang=fr"' in form.text
        wrong = browser.post("/login", data={"key": "wsk_no", "next": "/"})
        assert wrong.status_code == 401
        fields = {"key": f" {door.keys[Role.READER]} ", "next": "/sites/yard/parking?lang=fr"}
        right = browser.post("/login", data=fields)
        assert (right.status_code, right.headers["location"]) == (303, fields["next"])
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert door.keys[Role.READER][-43:] not in cookie
        assert browser.get("/api/v1/spots").status_code == 200
        assert browser.get("/api/v1/keys").status_code == 403
        out = browser.post("/logout")
        assert out.headers["location"] == "/login"
        assert browser.get("/api/v1/spots").status_code == 401


def test_form_sent_after_the_login_has_ended_leads_back_to_its_page(door):
    with httpx.Client(base_url=door.root, headers={"Accept": "text/html"}) as browser:
        for came_from, page in (
            (f"{door.root}/audit?again=3", "/audit?again=3"),
            ("https://evil.example/audit", "/"),
            (None, "/"),
        ):
            headers = {"Referer": came_from} if came_from else {}
            sent = browser.post("/audit/3/right", headers=headers)
            assert (sent.status_code, sent.headers["location"]) == (
                303,
                f"/login?next={quote(page, safe='')}",
            )
        browser.post("/login", data={"key": door.keys[Role.READER], "next": "/"})
        answer = browser.post("/audit/3/right", headers={"Referer": f"{door.root}/audit"})
        assert answer.status_code == 403
        assert 'name="next" value="/audit"' in answer.text


def test_login_with_a_form_that_is_not_ours_is_refused_with_ours(door):
    fields = {"key": door.keys[Role.READER], **{f"other{number}": "x" for number in range(8)}}
    answer = door.ask("POST", "/login", data=fields)
    assert answer.status_code == 401
    assert 'name="key"' in answer.text


def test_foreign_page_changes_nothing_with_a_login(door):
    with httpx.Client(base_url=door.root) as browser:
        browser.post("/login", data={"key": door.keys[Role.ADMIN], "next": "/"})
        wish = {"name": "forged", "role": "admin"}
        foreign = ("https://evil.example", "null", "http://[")
        origins = [{"Origin": origin} for origin in foreign]
        for header in (*origins, {"Sec-Fetch-Site": "cross-site"}):
            assert browser.post("/api/v1/keys", json=wish, headers=header).status_code == 403
            assert browser.post("/logout", headers=header).status_code == 403
        own = {"Origin": door.root}
        assert browser.post("/api/v1/keys", json=wish, headers=own).status_code == 201
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        with pytest.raises(InvalidStatus):
            connect(
                f"{door.root.replace('http', 'ws')}/api/v1/events",
                origin="https://evil.example",
                additional_headers={"Cookie": cookies},
            ).close()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b"x" * (1 << 20) + b"x", {}, id="told"),
        pytest.param(iter([b"x" * (1 << 19)] * 3), {}, id="in pieces"),
        pytest.param(b"x" * (17 << 20), {"Content-Type": "image/png"}, id="picture"),
    ],
)
def test_large_body_is_refused(door, body, headers):
    answer = door.ask("POST", "/api/v1/keys", Role.ADMIN, content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_slow_body_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("service.access.bodies.LONGEST_S", 0.3)
    with running_server(make_hub(tmp_path)) as root:
        port = int(root.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
            slow.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
            slow.sendall(b"Content-Length: 9\r\n\r\nk")
            answer = b"".join(iter(lambda: slow.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("begin", "endless", "longest_s"),
    [
        pytest.param(b"", b"", 0.3, id="says nothing"),
        pytest.param(b"GET /p HTTP/1.1\r\nHost: x\r\n", b"", 0.3, id="does not go on"),
        pytest.param(b"GET /p HTTP/1.1\r\nHost: x\r\nX: ", b"a" * 9000, 30.0, id="long header"),
        pytest.param(
            b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
            b"a" * 9000,
            30.0,
            id="long trailer",
        ),
    ],
)
def test_connection_without_a_whole_head_is_closed(
    tmp_path, monkeypatch, begin, endless, longest_s
):
    monkeypatch.setattr("service.access.heads.LONGEST_S", longest_s)
    with running_server(make_hub(tmp_path)) as root:
        port = int(root.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(begin)
            with suppress(ConnectionError):
                for _ in range(20 if endless else 0):
                    line.sendall(endless)
                while line.recv(4096):
                    pass
        assert httpx.get(f"{root}/health/live").status_code == 200


def test_connection_outlives_pauses_while_it_is_answered(tmp_path, monkeypatch):
    monkeypatch.setattr("service.access.heads.LONGEST_S", 0.3)
    with running_server(make_hub(tmp_path)) as root, httpx.Client(base_url=root) as client:
        with client.stream("GET", "/api/v1/events?heartbeat_s=0.5") as events:
            told = itertools.islice(events.iter_lines(), 6)
            assert sum(each == ": heartbeat" for each in told) == 2
        with connect(f"{root.replace('http', 'ws')}/api/v1/events?heartbeat_s=0.5") as line:
            assert [line.recv(10) for _ in range(2)] == ['{"type": "heartbeat"}'] * 2


def test_who_asks_too_often_waits(tmp_path):
    keys = KeysInMemory()
    key, text = new_key("busy", Role.READER, 5)
    keys.add(key)
    rates = {Role.PUBLIC: Rate(0.01, 3), Role.READER: Rate(0.01, 2)}
    with (
        running_server(make_hub(tmp_path), access=Access(keys, SECRET, rates)) as root,
        httpx.Client(base_url=root) as client,
    ):
        answers = [client.get("/api/v1/lots") for _ in range(5)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].headers["content-type"] == "application/problem+json"
        assert 0 < int(answers[-1].headers["retry-after"]) <= 100
        assert client.get("/health/live").status_code == 200
        phone = client.get("/p/main", headers={"Accept": "text/html"})
        assert (phone.status_code, phone.headers["refresh"]) == (429, "30"), "it asks again"
        headers = {"Authorization": f"Bearer {text}"}
        statuses = [client.get("/api/v1/lots", headers=headers) for _ in range(3)]
        assert [each.status_code for each in statuses] == [200, 200, 429]


def test_secrets_reach_no_answer(door):
    key = door.keys[Role.ADMIN]
    said = ""
    for path in (f"/api/v1/spots?key={key}", f"/nowhere/{key}", f"/api/v1/lots?site={key}"):
        for role in (None, Role.READER):
            said += door.get(path, role, Accept="text/event-stream").text
    wish = {"name": key, "role": key}
    said += door.ask("POST", "/api/v1/keys", Role.ADMIN, json=wish).text
    said += door.get("/api/v1/changes", Role.ADMIN).text
    assert key[-43:] not in said


@pytest.mark.needs("openssl")
def test_service_speaks_https_with_a_certificate(tmp_path):
    certificate, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", private, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    keys = KeysInMemory()
    key, text = new_key("display", Role.DISPLAY, 5)
    keys.add(key)
    with (
        running_server(
            make_hub(tmp_path), access=Access(keys, SECRET), tls=read_tls(certificate, private)
        ) as root,
        httpx.Client(
            base_url=root, verify=ssl.create_default_context(cafile=certificate)
        ) as client,
    ):
        answer = client.post("/login", data={"key": text, "next": "/"})
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]
        assert client.get("/api/v1/alerts").status_code == 200
