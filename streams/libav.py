"""Opens a video with libav, and turns its errors into sentences of ours."""

import time

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from streams.errors import (
    AccessRefusedError,
    ConnectionLostError,
    NotAVideoError,
    SourceError,
    SourceNotFoundError,
    SourceUnreachableError,
    StalledError,
)
from streams.settings import SourceSettings
from streams.urls import SourceKind, local_path, redact

_ANALYSE_US = 500_000
"""How much of a live stream is looked at before its first frame; libav's own 5 s delay it."""


def open_video(
    url: str, kind: SourceKind, settings: SourceSettings
) -> tuple[InputContainer, VideoStream]:
    """Open `url` and find its best video stream.

    Raises SourceError: not found, not a video, unreachable or access refused.
    """
    av.logging.set_level(None)  # libav's own lines would show credentials
    began_s = time.monotonic()
    container = None
    # The error is made inside and raised outside, so that libav's, whose text and traceback
    # hold the address with its credentials, is not chained to it.
    try:
        container = _open(url, kind, settings)
    except av.FFmpegError as error:
        is_late = kind.is_camera and time.monotonic() - began_s >= settings.open_timeout_s
        refusal = _late(url, settings) if is_late else opening_error(error, url, kind)
    if container is None:
        raise refusal
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        container.close()
        raise NotAVideoError(f"{redact(url)} holds no video stream")
    if not stream.codec_context:
        container.close()
        raise NotAVideoError(f"{redact(url)} holds a video that no decoder here can read")
    return container, stream


def _open(url: str, kind: SourceKind, settings: SourceSettings) -> InputContainer:
    address, demuxer, options = url, None, {}
    timeouts_s = (settings.open_timeout_s, settings.stall_after_s) if kind.is_camera else None
    if kind is SourceKind.FILE:
        address = f"file:{local_path(url)}"  # a name such as concat:a is no protocol here
    elif kind is SourceKind.USB:
        address, demuxer = str(local_path(url)), "v4l2"
    else:
        options["analyzeduration"] = str(_ANALYSE_US)
    if kind is SourceKind.RTSP:
        options |= {"rtsp_transport": settings.transport, "allowed_media_types": "video"}
    return av.open(
        address,
        format=demuxer,
        options=options,
        timeout=timeouts_s,
        metadata_errors="replace",  # titles in another alphabet's bytes, or damaged ones
    )


def _late(url: str, settings: SourceSettings) -> SourceError:
    return SourceUnreachableError(
        f"{redact(url)} did not answer within {settings.open_timeout_s:g} s"
    )


def opening_error(error: av.FFmpegError, url: str, kind: SourceKind) -> SourceError:
    """Say in one sentence why `url` could not be opened."""
    shown = redact(url)
    match error:
        case av.HTTPUnauthorizedError() | av.HTTPForbiddenError():
            return AccessRefusedError(f"{shown} refuses this user and password")
        case av.HTTPNotFoundError():
            return SourceNotFoundError(f"{shown} was not found: the camera has no such stream")
        case av.FileNotFoundError():
            return SourceNotFoundError(f"{shown} does not exist")
        case av.PermissionError():
            return AccessRefusedError(f"{shown} may not be read by this user")
        case av.ConnectionRefusedError():
            return SourceUnreachableError(f"{shown} is unreachable: connection refused")
        case av.InvalidDataError() if not kind.is_camera and local_path(url).stat().st_size == 0:
            return NotAVideoError(f"{shown} is empty: wanted a video, got 0 bytes")
        case av.InvalidDataError() if not kind.is_camera:
            return NotAVideoError(
                f"{shown} is not a video that can be read, or is cut off before its index"
            )
        case av.InvalidDataError():
            return SourceUnreachableError(f"{shown} answered, but not with a video")
    reason = (error.strerror or type(error).__name__).lower()
    if kind.is_camera:
        return SourceUnreachableError(f"{shown} is unreachable: {reason}")
    return NotAVideoError(f"{shown} cannot be read: {reason}")


def reading_error(error: av.FFmpegError, url: str, settings: SourceSettings) -> SourceError:
    """Say in one sentence why a live source gives no more packets."""
    if isinstance(error, av.ExitError | av.TimeoutError):
        return StalledError(f"{redact(url)} sent no picture for {settings.stall_after_s:g} s")
    reason = (error.strerror or type(error).__name__).lower()
    return ConnectionLostError(f"{redact(url)} broke off: {reason}")
