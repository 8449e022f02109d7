"""Satellite receivers as they really speak: over a serial line (a pty) and over TCP."""

import os
import pty
import socket
import threading
import tty
from functools import reduce

import pytest

from service.ego_speed.nmea import NmeaGnss, NmeaLines, speed_of
from tests.streams.cameras import wait_until

KNOTS = 19.438  # 10 m/s


def sentence(body: str) -> str:
    checksum = reduce(lambda so_far, sign: so_far ^ ord(sign), body, 0)
    return f"${body}*{checksum:02X}"


def rmc(knots: float = KNOTS, status: str = "A") -> str:
    return sentence(
        f"GPRMC,120000.00,{status},3335.300,N,00736.600,W,{knots},0.0,010526,,,{status}"
    )


VTG = sentence("GPVTG,0.0,T,,M,19.438,N,36.0,K,A")


def test_rmc_tells_speed_and_place():
    reading = speed_of(rmc())
    assert reading is not None
    assert reading.speed_mps == pytest.approx(10.0, abs=0.01)
    assert reading.position_deg == pytest.approx((33.588333, -7.61))


def test_vtg_tells_speed_alone():
    reading = speed_of(VTG)
    assert reading is not None
    assert reading.speed_mps == pytest.approx(10.0)
    assert reading.position_deg is None


@pytest.mark.parametrize("place", [",,,", "9935.300,N,00736.600,W"])
def test_rmc_without_a_place_on_earth_tells_speed_alone(place):
    reading = speed_of(sentence(f"GPRMC,120000.00,A,{place},{KNOTS},0.0,010526,,,A"))
    assert reading is not None
    assert reading.position_deg is None


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(rmc(status="V"), id="no fix"),
        pytest.param(rmc()[:-1] + "X", id="wrong checksum"),
        pytest.param(sentence("GPVTG,0.0,T,,M,,N,,K,N"), id="no speed"),
        pytest.param(rmc(knots=999999), id="no tram is so fast"),
        pytest.param(rmc(knots=-19.4), id="below zero"),
        pytest.param(rmc(knots=float("nan")), id="no number"),
        pytest.param(sentence("GPGGA,120000,3335.3,N,00736.6,W,1,8,1,50,M,,M,,"), id="other"),
        pytest.param("garbage", id="garbage"),
        pytest.param("", id="empty"),
    ],
)
def test_line_without_a_valid_speed_is_none(line):
    assert speed_of(line) is None


def test_sentences_are_put_together_from_pieces():
    lines, data = NmeaLines(), f"{rmc()}\r\n{VTG}\r\n".encode()
    readings = [each for at in range(0, len(data), 7) for each in lines.take(data[at : at + 7])]
    assert len(readings) == 1, "one epoch is one reading, though VTG repeats the speed of RMC"


def test_stream_without_line_ends_is_refused():
    with pytest.raises(ValueError, match="no line ends"):
        NmeaLines().take(b"x" * 5000)


class TcpReceiver:
    """A satellite receiver's TCP port."""

    def __init__(self, port: int = 0) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        self._line: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            self._line, _ = self._server.accept()
        except OSError:
            return  # closed before anybody came

    def say(self, text: str) -> None:
        assert wait_until(lambda: self._line is not None)
        assert self._line is not None
        self._line.sendall(text.encode())

    def close(self) -> None:
        if self._line is not None:
            self._line.shutdown(socket.SHUT_RDWR)
            self._line.close()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def test_tcp_receiver_is_heard_goes_stale_and_is_found_again():
    receiver = TcpReceiver()
    source = NmeaGnss(f"tcp://127.0.0.1:{receiver.port}", max_age_s=0.5).open()
    assert source.at(0.0) is None
    source.start()
    try:
        receiver.say(f"{rmc()}\r\n")
        assert wait_until(lambda: source.at(0.0) is not None)
        assert wait_until(lambda: source.at(0.0) is None), "an old speed is none"
        receiver.close()
        again = TcpReceiver(receiver.port)

        def is_back() -> bool:
            again.say(f"{rmc(10)}\r\n")
            reading = source.at(0.0)
            return reading is not None and reading.speed_mps < 6

        assert wait_until(is_back)
        again.close()
    finally:
        source.stop()


def test_serial_receiver_is_heard():
    master, slave = pty.openpty()
    tty.setraw(slave)
    source = NmeaGnss(os.ttyname(slave), max_age_s=30).open()
    source.start()
    try:

        def is_heard() -> bool:
            os.write(master, f"{rmc()}\r\n".encode())
            return source.at(0.0) is not None

        assert wait_until(is_heard)
        reading = source.at(0.0)
        assert reading is not None
        assert reading.speed_mps == pytest.approx(10.0, abs=0.01)
    finally:
        source.stop()
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    "address", ["gps", "tcp://", "tcp://host", "tcp://host:port", "rtsp://a:1"]
)
def test_bad_address_is_refused(address):
    with pytest.raises(ValueError, match=r"wanted .*, got"):
        NmeaGnss(address)
