import pytest

from streams.errors import SourceNotFoundError, UnknownSourceError
from streams.urls import SourceKind, is_camera, redact, redact_text, source_kind

SECRET = "tr0ub4dor"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"rtsp://admin:{SECRET}@10.0.0.5:554/h264", "rtsp://***@10.0.0.5:554/h264"),
        (f"rtsp://{SECRET}@10.0.0.5/h264", "rtsp://***@10.0.0.5/h264"),
        (f"rtsp://admin:{SECRET}@x/@10.0.0.5/h264", "rtsp://***@10.0.0.5/h264"),
        (f"rtsp://admin:{SECRET}' \"/?#@10.0.0.5/h264", "rtsp://***@10.0.0.5/h264"),
        (f"http://cam/video?user=a&pwd={SECRET}&fps=5", "http://cam/video?user=***&pwd=***&fps=5"),
        (f"http://cam/video?Access_Token={SECRET}", "http://cam/video?Access_Token=***"),
        (f"rtsp://cam/user=admin_password={SECRET}_channel=1.sdp", "rtsp://cam/user=***"),
        ("rtsp://10.0.0.5:554/h264?channel=1", "rtsp://10.0.0.5:554/h264?channel=1"),
        ("/videos/key=frames@night.mp4", "/videos/key=frames@night.mp4"),
    ],
)
def test_credentials_are_hidden_and_the_rest_is_shown(url: str, shown: str) -> None:
    assert redact(url) == shown
    assert SECRET not in redact(url)


def test_addresses_inside_a_text_are_hidden_too() -> None:
    text = f"Opening 'rtsp://a:{SECRET}@cam/1' failed, then http://cam/?token={SECRET} as well"
    hidden = "Opening 'rtsp://***@cam/1' failed, then http://cam/?token=*** as well"
    assert redact_text(text) == hidden


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://cam/1", SourceKind.RTSP),
        ("RTSP://cam/1", SourceKind.RTSP),
        ("rtsps://cam/1", SourceKind.RTSP),
        ("https://cam/1.mjpg", SourceKind.HTTP),
        ("usb:0", SourceKind.USB),
        ("/dev/video2", SourceKind.USB),
        ("/", SourceKind.FOLDER),
        ("file:///", SourceKind.FOLDER),
        (__file__, SourceKind.FILE),
    ],
)
def test_the_kind_of_an_address(url: str, kind: SourceKind) -> None:
    assert source_kind(url) is kind
    assert is_camera(url) is kind.is_camera


def test_an_address_that_leads_nowhere() -> None:
    with pytest.raises(SourceNotFoundError, match=r"no/such/clip\.mp4 does not exist"):
        source_kind("no/such/clip.mp4")
    with pytest.raises(UnknownSourceError, match="gopher://hole cannot be read: wanted a file"):
        source_kind("gopher://hole")
    assert not is_camera("gopher://hole"), "trying again would not help"
