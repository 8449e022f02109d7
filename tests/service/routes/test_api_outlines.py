"""A mask picture that somebody sends, against a really running service."""

from collections.abc import Iterator

import cv2
import httpx
import numpy as np
import pytest

from service.live.hub import Hub
from tests.service.running import running_server
from tests.service.scenes import SPOTS
from tests.service.shown_sites import make_sites


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[httpx.Client]:
    hub = Hub(make_sites(tmp_path_factory.mktemp("masks")))
    with running_server(hub) as root, httpx.Client(base_url=root, timeout=30) as client:
        yield client


def mask() -> bytes:
    image = np.zeros((180, 320), np.uint8)
    for corners in SPOTS.values():
        cv2.fillPoly(image, [np.array(corners)], 255)
    return cv2.imencode(".png", image)[1].tobytes()


def test_mask_becomes_outlines(client):
    headers = {"Content-Type": "image/png"}
    answer = client.post("/api/v1/outlines", content=mask(), headers=headers)
    assert answer.status_code == 200
    found = sorted(np.array(each["polygon"]).min(axis=0).round().tolist() for each in answer.json())
    assert found == sorted(np.array(corners).min(axis=0).tolist() for corners in SPOTS.values())


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"no picture", "image/png", 415, id="no picture"),
        pytest.param(mask()[:-60], "image/png", 422, id="cut off"),
        pytest.param(bytes(17 << 20), "image/png", 413, id="too many bytes"),
        pytest.param(bytes(2 << 20), "text/plain", 413, id="too many bytes for no picture"),
        pytest.param(b"", "image/png", 415, id="nothing"),
    ],
)
def test_what_is_no_fit_picture_is_refused(client, body, kind, status):
    answer = client.post("/api/v1/outlines", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_noise_is_no_lot(client, monkeypatch):
    monkeypatch.setattr("service.layout_import.mask.MOST_PATCHES", 3)
    answer = client.post("/api/v1/outlines", content=mask(), headers={"Content-Type": "image/png"})
    assert answer.status_code == 422
    assert "wanted up to 3 patches, got 4" in answer.json()["detail"]
