"""Addresses of cameras and clips: their kind, and how to show them without credentials."""

import re
from enum import Enum
from pathlib import Path

from streams.errors import SourceNotFoundError, UnknownSourceError

HIDDEN = "***"

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
# Greedy up to the last @: a password may hold any sign, an unescaped / or @ included.
_USER_INFO = re.compile(r"://.*@", re.DOTALL)
# Cameras take credentials in the query and, some of them, in the path (user=a_password=b.sdp).
_SECRET_PARAMETER = re.compile(
    r"(\w*?(?:user|usr|login|pass|pwd|token|secret|key|auth|sig|session)\w*=)[^&;#]*",
    re.IGNORECASE,
)
_USB = re.compile(r"(?:usb:|/dev/video)(\d+)")


class SourceKind(Enum):
    """What stands behind an address."""

    FILE = "file"
    FOLDER = "folder"
    RTSP = "rtsp"
    HTTP = "http"
    USB = "usb"

    @property
    def is_camera(self) -> bool:
        """Whether it may be away now and come back by itself."""
        return self in (SourceKind.RTSP, SourceKind.HTTP, SourceKind.USB)


_SCHEMES = {
    "rtsp": SourceKind.RTSP,
    "rtsps": SourceKind.RTSP,
    "http": SourceKind.HTTP,
    "https": SourceKind.HTTP,
    "file": SourceKind.FILE,
}


def redact(url: str) -> str:
    """Hide user, password and every parameter that looks like a secret in one address.

    In doubt too much is hidden: everything between `://` and the last `@` goes.
    """
    without_user = _USER_INFO.sub(f"://{HIDDEN}@", url)
    return _SECRET_PARAMETER.sub(rf"\1{HIDDEN}", without_user) if "://" in url else url


def redact_text(text: str) -> str:
    """Hide the credentials of every address that stands in `text`."""
    return _URL.sub(lambda found: redact(found.group()), text)


def source_kind(url: str) -> SourceKind:
    """Say what `url` points to.

    Raises UnknownSourceError for a scheme that cannot be read, SourceNotFoundError for a path
    where nothing is.
    """
    if _USB.fullmatch(url):
        return SourceKind.USB
    scheme = _scheme(url)
    if scheme and scheme not in _SCHEMES:
        raise UnknownSourceError(
            f"{redact(url)} cannot be read: wanted a file, a folder of pictures, rtsp://, "
            f"http://, usb:0 or /dev/video0"
        )
    if scheme and scheme != "file":
        return _SCHEMES[scheme]
    path = local_path(url)
    if path.is_dir():
        return SourceKind.FOLDER
    if not path.exists():
        raise SourceNotFoundError(f"{path} does not exist")
    return SourceKind.FILE


def is_camera(url: str) -> bool:
    """Whether `url` points to something that may be away now and come back by itself."""
    kind = _SCHEMES.get(_scheme(url), SourceKind.FILE)
    return kind.is_camera or _USB.fullmatch(url) is not None


def _scheme(url: str) -> str:
    return url.split("://", 1)[0].lower() if "://" in url else ""


def local_path(url: str) -> Path:
    """Return the path that a file, folder or USB address names."""
    usb = _USB.fullmatch(url)
    if usb:
        return Path(f"/dev/video{usb.group(1)}")
    return Path(url.removeprefix("file://")).expanduser()
