"""Networks are fetched from a real HTTP server that the test starts."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import PullFailed
from models.pull import pull
from models.spec import ModelSpec, Task

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class FileServer(http.server.BaseHTTPRequestHandler):
    """Gives CONTENT, honours Range, and can break off in the middle."""

    breaks_after: int | None = None
    ranges: list[str | None]

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if self.path != "/net.onnx":
            self.send_error(404)
            return
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        end = len(CONTENT) if self.breaks_after is None else self.breaks_after
        self.wfile.write(CONTENT[start:end])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def handler() -> type[FileServer]:
    return type("ThisServer", (FileServer,), {"ranges": []})


@pytest.fixture
def address(handler: type[FileServer]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def spec(url: str | None, sha256: str = SHA256) -> ModelSpec:
    return ModelSpec("net", "net.onnx", Task.OBSTACLES, sha256=sha256, url=url, origin="its page")


def test_a_network_is_fetched_and_kept(address: str, tmp_path: Path) -> None:
    progress: list[tuple[int, int | None]] = []
    path = pull(spec(f"{address}/net.onnx"), tmp_path / "cache", lambda *at: progress.append(at))
    assert path.read_bytes() == CONTENT
    assert progress[-1] == (len(CONTENT), len(CONTENT))
    assert [file.name for file in path.parent.iterdir()] == ["net.onnx"]


def test_what_is_here_is_not_fetched_again(
    address: str, handler: type[FileServer], tmp_path: Path
) -> None:
    for _ in range(2):
        pull(spec(f"{address}/net.onnx"), tmp_path)
    assert len(handler.ranges) == 1


def test_a_broken_download_is_resumed(
    address: str, handler: type[FileServer], tmp_path: Path
) -> None:
    handler.breaks_after = 100_000
    with pytest.raises(PullFailed, match="100000 bytes are kept, call again to go on"):
        pull(spec(f"{address}/net.onnx"), tmp_path)
    handler.breaks_after = None
    assert pull(spec(f"{address}/net.onnx"), tmp_path).read_bytes() == CONTENT
    assert handler.ranges == [None, "bytes=100000-"]


def test_another_file_is_refused_and_leaves_nothing(address: str, tmp_path: Path) -> None:
    with pytest.raises(PullFailed, match=r"is another file: sha256 is .*, wanted 00000000"):
        pull(spec(f"{address}/net.onnx", sha256="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("/gone.onnx", "404", id="not there"),
        pytest.param("http://127.0.0.1:9/net.onnx", "could not be fetched", id="no server"),
        pytest.param(None, "no public address of its own; see its page", id="no address"),
    ],
)
def test_a_failure_is_one_sentence(
    address: str, tmp_path: Path, url: str | None, said: str
) -> None:
    full = f"{address}{url}" if url is not None and url.startswith("/") else url
    with pytest.raises(PullFailed, match=said):
        pull(spec(full), tmp_path)
