"""The doctor tries a tram's own speed as the service will: real sockets, a real Mosquitto."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.doctor.finding import Finding, Verdict
from service.doctor.speeds import check_speeds
from service.site.site_file import load_site
from tests.service.publish.broker import Broker, Listener
from tests.service.scenes import TRAM_YAML

RMC = b"$GPRMC,120000.00,A,3335.300,N,00736.600,W,19.438,0.0,010526,,,A*79\r\n"


def examined(folder: Path, speed: str) -> list[Finding]:
    """What is found of a tram with this in place of its speed."""
    (folder / "line.yaml").write_text(TRAM_YAML.replace("speed_mps: 8.0", speed))
    return list(check_speeds([load_site(folder / "line.yaml")], wait_s=1.0))


@contextmanager
def saying(port: int, topic: str, payload: str) -> Iterator[None]:
    """A vehicle that sends again and again."""
    done = threading.Event()

    def drive() -> None:
        with Listener(port, user="tram", password="p") as vehicle:
            while not done.wait(0.1):
                vehicle.say(topic, payload)

    driving = threading.Thread(target=drive)
    driving.start()
    try:
        yield
    finally:
        done.set()
        driving.join()


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        pytest.param(
            "speed: {source: odometry, address: 'mqtt://me:s3cret@127.0.0.1:9/tram/odo'}",
            r"mqtt://\*\*\*@127\.0\.0\.1:9/tram/odo: .*refused",
            id="no broker",
        ),
        pytest.param(
            "speed: {source: gnss, address: /dev/nope}", "could not open port", id="no device"
        ),
        pytest.param(
            "speed: {source: gnss, address: 'tcp://127.0.0.1:9'}", "refused", id="no receiver"
        ),
        pytest.param("margin_m: 0.3", "no own speed is named", id="none named"),
    ],
)
def test_speed_that_cannot_come_is_bad(tmp_path: Path, speed: str, said: str) -> None:
    (found,) = examined(tmp_path, speed)
    assert (found.part, found.verdict) == ("speed of line/cab", Verdict.BAD)
    assert re.search(said, found.said)
    assert found.advice
    assert "s3cret" not in found.said


@pytest.mark.needs("mosquitto")
def test_odometry_is_good_once_a_speed_comes_with_these_credentials(tmp_path: Path) -> None:
    block = "speed: {{source: odometry, address: 'mqtt://tram:{}@127.0.0.1:{}/tram/odo'}}"
    with Broker(tmp_path, user="tram", password="p") as broker:
        (silent,) = examined(tmp_path, block.format("p", broker.port))
        (refused,) = examined(tmp_path, block.format("q", broker.port))
        with saying(broker.port, "tram/odo", '{"speed": 36}'):
            (heard,) = examined(tmp_path, block.format("p", broker.port))
    assert silent.verdict is refused.verdict is Verdict.BAD
    assert "no speed came within 1 s" in silent.said
    assert "Not authorized" in refused.said
    assert (heard.verdict, heard.said.split(" says ")[1]) == (Verdict.GOOD, "10.0 m/s (36 km/h)")


def test_satellites_are_good_once_a_sentence_comes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def speak() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(RMC)

        speaking = threading.Thread(target=speak)
        speaking.start()
        (found,) = examined(tmp_path, f"speed: {{source: gnss, address: 'tcp://127.0.0.1:{port}'}}")
        speaking.join()
    assert (found.verdict, found.said) == (
        Verdict.GOOD,
        f"tcp://127.0.0.1:{port} says 10.0 m/s (36 km/h)",
    )


def test_recorded_and_estimated_speeds_need_nobody(tmp_path: Path) -> None:
    assert examined(tmp_path, "speed_mps: 8.0") == []
    assert examined(tmp_path, "speed: {source: estimated}") == []
