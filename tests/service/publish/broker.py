"""A real Mosquitto on this machine that can be stopped and started again on its port."""

import json
import socket
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho

from tests.streams.cameras import Freezable, wait_until


class Authority:
    """Signs certificates for this machine's brokers, as a town's own authority would."""

    def __init__(self, folder: Path, name: str) -> None:
        self.ca_file = folder / f"{name}-ca.pem"
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        ca_key, request = folder / f"{name}-ca.key", folder / f"{name}.csr"
        ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        _openssl(
            "req", "-x509", *ec, "-keyout", ca_key, "-out", self.ca_file, "-subj", f"/CN={name}"
        )
        _openssl("req", *ec, "-keyout", self.key, "-out", request, "-subj", "/CN=broker")
        extensions = folder / f"{name}.ext"
        extensions.write_text("subjectAltName = IP:127.0.0.1\n")
        signed_by = ("-CA", self.ca_file, "-CAkey", ca_key, "-CAcreateserial")
        _openssl(
            *("x509", "-req", "-in", request, "-out", self.certificate),
            *(*signed_by, "-extfile", extensions),
        )


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Broker(Freezable):
    """Mosquitto without persistence: after a restart it has forgotten everything."""

    def __init__(
        self,
        folder: Path,
        *,
        user: str = "",
        password: str = "",
        authority: Authority | None = None,
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "user root"]
        if authority is not None:
            lines += [f"certfile {authority.certificate}", f"keyfile {authority.key}"]
        if user:
            kept = folder / "passwords"
            subprocess.run(["mosquitto_passwd", "-b", "-c", kept, user, password], check=True)
            lines += ["allow_anonymous false", f"password_file {kept}"]
        else:
            lines.append("allow_anonymous true")
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["mosquitto", "-c", self._settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert wait_until(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


class Listener:
    """A subscriber to everything; keeps the newest message of each topic, and its expiry."""

    def __init__(self, port: int, topics: str = "#", user: str = "", password: str = "") -> None:
        self.newest: dict[str, bytes] = {}
        self.expiry_s: dict[str, int] = {}
        self.log: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        self._is_subscribed = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._take
        self._client.on_connect = lambda client, *_: client.subscribe(topics, qos=1)
        self._client.on_subscribe = lambda *_: self._is_subscribed.set()
        if user:
            self._client.username_pw_set(user, password)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._is_subscribed.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: str = "", *, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def state(self, topic: str) -> dict[str, Any]:
        with self._lock:
            payload = self.newest.get(topic)
        return json.loads(payload) if payload else {}

    def text(self, topic: str) -> str | None:
        with self._lock:
            payload = self.newest.get(topic)
        return None if payload is None else payload.decode()

    def forget(self) -> None:
        with self._lock:
            self.newest.clear()

    def _take(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        with self._lock:
            self.newest[message.topic] = message.payload
            self.log.append((message.topic, message.payload))
            expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
            if expiry_s is not None:
                self.expiry_s[message.topic] = expiry_s


def retained(port: int, topics: str = "#", wait_s: float = 0.5) -> dict[str, bytes]:
    """What a subscriber that comes only now is given at once."""
    with Listener(port, topics) as late:
        time.sleep(wait_s)
        return {topic: payload for topic, payload in late.newest.items() if payload}
