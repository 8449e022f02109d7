"""What comes from outside is bounded: rates, pictures, file names, addresses of cameras."""

import ipaddress
import struct
from contextlib import suppress

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.camera_addresses import CameraRules, address_fault, check_cameras
from service.access.folders import inside
from service.access.limits import Bucket, Rate, RateLimits, next_bucket, place_of
from service.access.login import own_page
from service.access.roles import Role
from service.access.settings import read_access_settings, read_camera_rules
from service.access.uploads import MOST_PIXELS, decode_picture, picture_size_px
from service.errors import MisuseError, SiteFileError
from service.routes.problems import Problem
from service.site.site_file import load_site
from tests.service.scenes import LOT_YAML

RATE = Rate(per_second=2, burst=3)


def test_bucket_lets_a_burst_pass_then_so_many_a_second():
    bucket, waits = None, []
    for now_s in (0, 0, 0, 0, 0.25, 0.5, 0.5, 1.0):
        bucket, wait_s = next_bucket(bucket, RATE, now_s)
        waits.append(round(wait_s, 3))
    assert waits == [0, 0, 0, 0.5, 0.25, 0, 0.5, 0]


def test_clock_set_back_neither_fills_nor_empties_a_bucket():
    bucket, wait_s = next_bucket(Bucket(1.5, 100), RATE, 50)
    assert (bucket.tokens, wait_s) == (0.5, 0)


def test_callers_do_not_share_a_bucket_and_few_are_kept(monkeypatch):
    monkeypatch.setattr("service.access.limits.MOST_CALLERS", 3)
    limits = RateLimits({Role.PUBLIC: Rate(1, 1)})
    assert [limits.take(who, Role.PUBLIC, 0) for who in "aabc"] == [0, 1, 0, 0]
    assert limits.take("d", Role.PUBLIC, 0) == 0  # a was idle for longest and makes room
    assert limits.take("d", Role.PUBLIC, 0) == 1
    assert limits.take("a", Role.READER, 0) == 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param("10.0.0.7", "10.0.0.8", False, id="neighbours"),
        pytest.param("2001:db8:1:2::3", "2001:db8:1:2:ffff::9", True, id="one network"),
        pytest.param("2001:db8:1:2::3", "2001:db8:1:3::3", False, id="two networks"),
        pytest.param("::ffff:10.0.0.7", "::ffff:10.0.0.8", False, id="IPv4 in IPv6's clothes"),
        pytest.param("fe80::1%eth0", "fe80::2%eth0", True, id="on the same cable"),
        pytest.param("", "10.0.0.7", False, id="not known"),
    ],
)
def test_addresses_of_one_network_are_one_caller(one, other, is_same):
    assert (place_of(one) == place_of(other)) == is_same


def encoded(suffix: str, height_px: int = 30, width_px: int = 40) -> bytes:
    image = np.full((height_px, width_px, 3), 90, np.uint8)
    return cv2.imencode(suffix, image)[1].tobytes()


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_picture_is_taken(suffix):
    data = encoded(suffix)
    assert picture_size_px(data) == (40, 30)
    assert decode_picture(data).shape == (30, 40, 3)


def png_saying(width_px: int, height_px: int) -> bytes:
    return encoded(".png")[:16] + struct.pack(">II", width_px, height_px) + encoded(".png")[24:]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(png_saying(60_000, 60_000), 413, id="small file, huge picture"),
        pytest.param(png_saying(16_000, MOST_PIXELS // 16_000 + 1), 413, id="too many pixels"),
        pytest.param(png_saying(0, 10), 413, id="no width"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x04ab" + b"\x00" * 50, 422, id="JPEG without size"),
        pytest.param(encoded(".jpg")[:-400], 422, id="cut off"),
        pytest.param(b"GIF89a" + bytes(20), 415, id="another kind"),
        pytest.param(b"", 415, id="nothing"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(17 << 20), 413, id="too many bytes"),
    ],
)
def test_picture_is_refused(data, status):
    with pytest.raises(Problem) as refusal:
        decode_picture(data)
    assert refusal.value.status == status


@given(st.binary(max_size=300).map(lambda tail: b"\xff\xd8" + tail) | st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_a_problem(data):
    with suppress(Problem):
        assert min(picture_size_px(data)) >= 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("files")
    (root / "kept" / "day").mkdir(parents=True)
    (root / "secret.txt").write_text("secret")
    (root / "kept" / "day" / "report.html").write_text("report")
    (root / "kept" / "link").symlink_to(root / "secret.txt")
    (root / "kept" / "inner").symlink_to(root / "kept" / "day")
    return root / "kept"


@pytest.mark.parametrize("name", ["day/report.html", "inner/report.html", "./day//report.html"])
def test_file_within_its_folder(folder, name):
    assert inside(folder, name) == (folder / "day" / "report.html").resolve()


@pytest.mark.parametrize(
    "name",
    [
        *("../secret.txt", "day/../../secret.txt", "/etc/passwd", "link", "", ".", "no", "a\0b"),
        *("..\\secret.txt", "day/..", "~/x", "x" * 300),
    ],
)
def test_file_elsewhere_is_not_there(folder, name):
    with pytest.raises(Problem) as refusal:
        inside(folder, name)
    assert refusal.value.status == 404


@given(st.lists(st.sampled_from(["..", ".", "day", "link", "inner", "secret.txt", ""]), max_size=6))
def test_no_path_leads_out_of_its_folder(folder, parts):
    with suppress(Problem):
        assert inside(folder, "/".join(parts)).is_relative_to(folder.resolve())


RULES = CameraRules(networks=tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "fc00::/7"))))
HOSTS = {
    "cam.city": ["10.1.2.3"],
    "both.city": ["10.1.2.3", "203.0.113.9"],
    "six.city": ["fd00::5%eth0"],
}


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        pytest.param("rtsp://10.0.0.9/live", None, id="camera of the network"),
        pytest.param("rtsp://me:s3cret@cam.city:554/live", None, id="by name"),
        pytest.param("https://six.city/x.mjpg", None, id="IPv6"),
        pytest.param("yard.mp4", None, id="file"),
        pytest.param("usb:0", None, id="USB"),
        pytest.param("ftp://10.0.0.9/x", "are taken from rtsp://", id="scheme"),
        pytest.param("http://127.0.0.1:8080/x", "outside", id="this machine"),
        pytest.param("http://[::1]/x", "outside", id="this machine, IPv6"),
        pytest.param("http://[::ffff:127.0.0.1]/x", "outside", id="this machine, mapped"),
        pytest.param("http://169.254.169.254/latest", "outside", id="cloud's own"),
        pytest.param("http://203.0.113.9/x", "outside", id="the world"),
        pytest.param("rtsp://both.city/live", "203.0.113.9, outside", id="one address of two"),
        pytest.param("rtsp://nowhere.city/live", "cannot be found", id="unknown host"),
        pytest.param("rtsp:///live", "names no host", id="no host"),
        pytest.param("rtsp://[10.0.0.9/live", "no address of a camera", id="broken"),
    ],
)
def test_camera_is_taken_only_from_where_cameras_are(url, refusal):
    def resolve(host: str) -> list[str]:
        if host not in HOSTS:
            raise OSError("no such host")
        return HOSTS[host]

    fault = address_fault(url, RULES, resolve)
    assert (fault is None) == (refusal is None)
    assert (refusal or "") in (fault or "")
    assert "s3cret" not in (fault or "")


def test_site_file_with_a_camera_elsewhere_is_refused(tmp_path):
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML.replace("yard.mp4", "rtsp://me:s3cret@203.0.113.9/live"))
    site = load_site(path)
    check_cameras(site, CameraRules())
    with pytest.raises(
        SiteFileError, match=r"camera north: .*\*\*\*@203.0.113.9/live is at"
    ) as found:
        check_cameras(site, RULES)
    assert "s3cret" not in str(found.value)


def test_settings_come_from_the_environment():
    environment = {
        "WAYSIDE_CORS_ORIGINS": "https://City.example, http://localhost:3000",
        "WAYSIDE_RATES": "reader=10/30 public=0.5",
        "WAYSIDE_CAMERA_SCHEMES": "rtsps",
        "WAYSIDE_CAMERA_NETWORKS": "10.20.0.0/16 fd00::/8",
    }
    found = read_access_settings(environment)
    assert found.cors_origins == ("https://city.example", "http://localhost:3000")
    assert found.rates == {Role.READER: Rate(10, 30), Role.PUBLIC: Rate(0.5, 1)}
    cameras = read_camera_rules(environment)
    assert cameras.schemes == ("rtsps",)
    assert ipaddress.ip_network("fd00::/8") in cameras.networks
    assert read_access_settings({}).cors_origins == ()
    assert read_camera_rules({}) == CameraRules()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAYSIDE_CORS_ORIGINS", "*"),
        ("WAYSIDE_CORS_ORIGINS", "https://city.example/"),
        ("WAYSIDE_RATES", "reader"),
        ("WAYSIDE_RATES", "king=3/4"),
        ("WAYSIDE_RATES", "reader=0/4"),
        ("WAYSIDE_CAMERA_SCHEMES", "file"),
        ("WAYSIDE_CAMERA_NETWORKS", "10.20.0.1/16"),
    ],
)
def test_setting_that_makes_no_sense_is_refused(name, value):
    read = read_camera_rules if "CAMERA" in name else read_access_settings
    with pytest.raises(MisuseError, match=f"{name}: wanted .*got '{value[:4].replace('*', '.')}"):
        read({name: value})


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("/sites/yard/parking?lang=fr", "/sites/yard/parking?lang=fr"),
        ("//evil.example", "/"),
        ("//[", "/"),
        ("http://[", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nSet-Cookie: x", "/"),
        ("/login?next=/", "/"),
        ("", "/"),
    ],
)
def test_login_leads_to_own_pages_only(target, page):
    assert own_page(target) == page
