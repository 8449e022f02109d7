"""Frames of a video file, an RTSP or HTTP camera, or a USB device, decoded by libav."""

from __future__ import annotations  # Packet takes its parameter in the stubs alone

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from streams.errors import (
    ConnectionLostError,
    NotAVideoError,
    SourceError,
    StalledError,
    UndecodableError,
)
from streams.key_frames import KeyFrameRhythm
from streams.libav import open_video, reading_error
from streams.mode import EVERY_FRAME, FrameMode, RateLimit
from streams.settings import SourceSettings
from streams.tally import REORDER_PICTURES, SourceStats, Tally
from streams.timeline import ClipTimeline, LiveTimeline
from streams.urls import SourceKind, redact, source_kind
from vision.arrays import ImageArray
from vision.frame import NS_PER_S, Frame

# Formats without a clock of their own: libav makes one up at 25 pictures a second.
_UNTIMED_FORMATS = frozenset({"mpjpeg", "mjpeg", "h264", "hevc"})
_STILL_FORMATS = frozenset({"image2", "jpeg_pipe", "png_pipe"})
_DEFAULT_RATE_HZ = Fraction(25)
_TRUNCATED_BY_S = 0.5
"""A clip that misses less than this of its stated duration is taken as whole."""
_SHOWN_BEFORE = -1
"""Stands for the number of a key frame that is decoded again, for those that build upon it."""


class VideoSource:
    """One opened video; iterating gives its frames once.

    Each frame keeps the size that its picture has in the stream, also when that changes on the
    way: `stats.resolution_changes` counts it. All of it belongs to the one thread that reads.
    """

    def __init__(
        self,
        url: str,
        camera_id: str,
        *,
        mode: FrameMode = EVERY_FRAME,
        settings: SourceSettings | None = None,
    ) -> None:
        """Open `url`; raises SourceError."""
        self.camera_id = camera_id
        self.name = redact(url)
        self._url = url
        self._mode = mode
        self._settings = settings or SourceSettings()
        kind = source_kind(url)
        self._container, self._stream = open_video(url, kind, self._settings)
        form = self._container.format.name
        self._is_still = form in _STILL_FORMATS
        # A clip on a web server has a duration, a camera there has none.
        self.is_live = kind.is_camera and (
            kind is not SourceKind.HTTP or self._container.duration is None or self._is_still
        )
        self._is_timed = form not in _UNTIMED_FORMATS | _STILL_FORMATS or not self.is_live
        self._rate_limit = RateLimit(mode)
        self._key_limit = RateLimit(mode)  # where all are key frames, few need to be decoded
        self._rhythm = self._rhythm_for(mode)
        self._is_sparse = mode.key_frames_only
        self._since_key: list[Packet[Any]] = []
        self._tally = Tally()
        self._clip = ClipTimeline(round(NS_PER_S / self._rate_hz()))
        self._live = LiveTimeline()
        self._alive_s = 0.0
        self._damaged_before = 0
        self._unanswered = 0
        self._end_s = 0.0
        self._is_cut = False
        self._is_interrupted = False
        self._set_up_decoder()

    def __repr__(self) -> str:
        return f"VideoSource({self.name!r}, camera_id={self.camera_id!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def stats(self) -> SourceStats:
        """What became of the pictures so far."""
        interval_s = None if self._rhythm is None else self._rhythm.interval_s
        return replace(
            self._tally.stats,
            is_key_frames_only=self._is_sparse,
            key_frame_interval_s=interval_s,
        )

    def interrupt(self) -> None:
        """Ask, from any thread, that the iteration ends at the next packet."""
        self._is_interrupted = True

    def close(self) -> None:
        """Release decoder and connection; only from the thread that reads."""
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        """Give the frames in the order of showing.

        Damaged pictures are left out and counted. A clip ends without error, also when it is cut
        short (`stats.truncated`); NotAVideoError if not one picture of it could be decoded. A
        live source raises StalledError, UndecodableError or ConnectionLostError.
        """
        self._mark_alive()
        for packet in self._packets():
            for picture in self._pictures(packet):
                frame = self._frame(picture)
                if frame is not None:
                    yield frame
                    self._mark_alive()  # the time that the reader took for it is no silence
        self._tally.finish()
        if self._is_interrupted:
            return
        if self.is_live and self._is_still and self.stats.frames == 1:
            raise NotAVideoError(f"{self.name} gives a single picture, wanted a stream of them")
        if self.is_live:
            raise ConnectionLostError(f"{self.name} ended the stream")
        self._check_clip()

    def _mark_alive(self) -> None:
        self._alive_s = time.monotonic()
        self._damaged_before = self.stats.damaged
        self._unanswered = 0

    def _rate_hz(self) -> Fraction:
        rate_hz = self._stream.average_rate or self._stream.guessed_rate
        return Fraction(rate_hz) if rate_hz else _DEFAULT_RATE_HZ

    def _rhythm_for(self, mode: FrameMode) -> KeyFrameRhythm | None:
        if mode.key_frames_within_s is None:
            return None
        return KeyFrameRhythm(mode.key_frames_within_s, self._settings.key_frames_steady_s)

    def _set_up_decoder(self) -> None:
        decoder = self._stream.codec_context
        # Frame threads delay live pictures, and make what damaged ones become a matter of chance.
        decoder.thread_type = "SLICE"
        decoder.thread_count = self._settings.decoder_threads
        decoder.copy_opaque = True  # lets the tally recognise a packet in its picture

    def _packets(self) -> Iterator[Packet[Any]]:
        """Read until the end, the interruption, or an error that ends a live source."""
        failure: SourceError | None = None
        try:
            for packet in self._container.demux():
                if self._is_interrupted:
                    return
                self._note_end(packet)
                if packet.stream_index == self._stream.index:
                    yield packet
        except av.FFmpegError as error:
            failure = reading_error(error, self._url, self._settings)
        # Raised out here, so that libav's error with its full address is not chained to it.
        if failure is not None and self.is_live:
            raise failure
        self._is_cut = self._is_cut or failure is not None

    def _note_end(self, packet: Packet[Any]) -> None:
        if packet.pts is not None and packet.time_base is not None:
            end = packet.pts + (packet.duration or 0)
            self._end_s = max(self._end_s, float(end * packet.time_base))

    def _check_flow(self) -> None:
        """Raise when packets keep coming, but for too long no picture has come of them."""
        limit_s = self._settings.stall_after_s
        if time.monotonic() - self._alive_s < limit_s:
            return
        if self.stats.damaged > self._damaged_before or self._unanswered > REORDER_PICTURES:
            raise UndecodableError(
                f"{self.name} sends pictures, but none could be decoded for {limit_s:g} s"
            )
        if not self._is_sparse:  # key frames may be far apart
            raise StalledError(f"{self.name} sent no picture for {limit_s:g} s")

    def _pictures(self, packet: Packet[Any]) -> list[VideoFrame]:
        """Decode a packet; an empty one, at the end, empties the decoder."""
        if packet.size:
            self._note(packet)
        if self._rhythm is None:
            return self._decoded(packet)
        return self._decoded_in_rhythm(packet, self._rhythm)

    def _decoded_in_rhythm(self, packet: Packet[Any], rhythm: KeyFrameRhythm) -> list[VideoFrame]:
        """Decode key frames alone while they come often enough, every picture while not.

        What came since the last key frame is kept, undecoded: a picture can only be decoded with
        those before it, and the one that follows when a key frame is overdue must not be missed.
        """
        if not packet.size:
            self._leave_out(self._since_key[1:])
            return self._decoded(packet)
        # One clock for all packets: a camera's first one may come without a time of its own.
        is_untimed_camera = self.is_live and not self._is_timed
        time_ns = time.time_ns() if is_untimed_camera else self._pts_ns(packet)
        rhythm.observe(time_ns, packet.size, is_key=packet.is_keyframe)
        if packet.is_keyframe:
            self._leave_out(self._since_key[1:])
            was_sparse, self._is_sparse = self._is_sparse, rhythm.is_enough
            self._since_key = [packet] if self._is_sparse else []
            is_due = time_ns is None or self._key_limit.is_due(time_ns)
            # the one that ends it is what the pictures after it are decoded with
            if was_sparse and self._is_sparse and not is_due:
                self._leave_out([packet])
                return []
            return self._decoded(packet)
        if rhythm.is_enough:
            self._since_key.append(packet)
            return []
        missed, self._since_key, self._is_sparse = self._since_key, [], False
        pictures = []
        if missed:
            pictures += self._decode(missed[0], _SHOWN_BEFORE)
        for each in [*missed[1:], packet]:
            pictures += self._decoded(each)
        return pictures

    def _leave_out(self, packets: list[Packet[Any]]) -> None:
        for packet in packets:
            self._tally.send(packet.pts, is_key=packet.is_keyframe, is_wanted=False)

    def _note(self, packet: Packet[Any]) -> None:
        self._is_cut = packet.is_corrupt
        if self.is_live:
            self._live.observe(self._pts_ns(packet), time.time_ns())
            self._check_flow()

    def _decoded(self, packet: Packet[Any]) -> list[VideoFrame]:
        """Send a packet through the decoder, unless it is not wanted."""
        if not packet.size:
            return self._decode(packet, None)
        is_wanted = packet.is_keyframe or not self._is_sparse
        self._unanswered += is_wanted
        index = self._tally.send(packet.pts, is_key=packet.is_keyframe, is_wanted=is_wanted)
        return self._decode(packet, index) if is_wanted else []

    def _decode(self, packet: Packet[Any], index: int | None) -> list[VideoFrame]:
        decoder = self._stream.codec_context
        packet.opaque = (index,)  # an object of its own: equal ones of two decoders become one
        try:
            pictures = decoder.decode(packet)
            if self._is_sparse and index is not None:
                # The decoder would hold the picture back until the next key frames are in.
                pictures += decoder.decode(None)
                decoder.flush_buffers()
        except av.FFmpegError:
            if index is not None:
                self._tally.fail(index)
            return []
        return pictures

    def _frame(self, picture: VideoFrame) -> Frame | None:
        index = picture.opaque[0] if isinstance(picture.opaque, tuple) else None
        if index == _SHOWN_BEFORE:
            return None
        number = self._tally.come_out(index, picture.pts)
        if picture.is_corrupt:
            self._tally.count_damaged()
            return None
        self._mark_alive()
        timeline = self._live if self.is_live else self._clip
        timestamp_ns = timeline.place(self._pts_ns(picture))
        if not self._rate_limit.is_due(timestamp_ns):
            self._tally.count_skipped()
            return None
        image = bgr_image(picture)
        self._tally.count_frame(image.shape[1], image.shape[0])
        return Frame(self.camera_id, number, timestamp_ns, image)

    def _pts_ns(self, timed: Packet[Any] | VideoFrame) -> int | None:
        # What comes out of an emptied decoder has lost its unit of time.
        time_base = timed.time_base or self._stream.time_base
        if timed.pts is None or time_base is None or not self._is_timed:
            return None
        return int(timed.pts * time_base.numerator * NS_PER_S // time_base.denominator)

    def _check_clip(self) -> None:
        """Tell a clip that is cut short, or has no picture at all, from a whole one."""
        if not self.stats.frames:
            raise NotAVideoError(f"{self.name} holds no picture that can be decoded")
        begin_s = (self._container.start_time or 0) / av.time_base
        length_s = self._end_s - begin_s
        stated_s = (self._container.duration or 0) / av.time_base
        if self._is_cut or length_s < stated_s - _TRUNCATED_BY_S:
            self._tally.mark_truncated(
                f"{self.name} is cut short: it ends after {length_s:.1f} s of {stated_s:.1f} s"
            )


def bgr_image(picture: VideoFrame) -> ImageArray:
    """Return the decoded picture as (H, W, 3) uint8 BGR, turned the way it should be seen."""
    image = np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)
    quarter_turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image
