"""Counts every picture of a source: given on, left out on purpose, or damaged."""

from dataclasses import dataclass

REORDER_PICTURES = 16
"""H.264 and HEVC hold back so many pictures at most; what does not come out then is lost."""


@dataclass(frozen=True, slots=True)
class SourceStats:
    """What became of the pictures of one source so far."""

    frames: int = 0
    """Given on."""
    skipped: int = 0
    """Left out on purpose by the frame mode, or before the first key frame."""
    damaged: int = 0
    """Not decodable, or flagged by the decoder as corrupt."""
    resolution_changes: int = 0
    """How often the picture's size changed; a frame always keeps its own."""
    truncated: str = ""
    """One sentence when the clip ends before its own end, else empty."""
    is_key_frames_only: bool = False
    """Whether nothing but key frames is decoded at present."""
    key_frame_interval_s: float | None = None
    """From one key frame to the next; None where it was not measured."""

    def __add__(self, later: "SourceStats") -> "SourceStats":
        """Return the counts of both, and what the later one says of itself."""
        return SourceStats(
            frames=self.frames + later.frames,
            skipped=self.skipped + later.skipped,
            damaged=self.damaged + later.damaged,
            resolution_changes=self.resolution_changes + later.resolution_changes,
            truncated=later.truncated,
            is_key_frames_only=later.is_key_frames_only,
            key_frame_interval_s=later.key_frame_interval_s,
        )


class Tally:
    """Follows each coded picture through the decoder, so that none is lost unseen.

    Decoders swallow what they cannot decode without a word. A picture is known to be lost when
    another one comes out that was both sent and due later; this also gives the pictures their
    numbers in the order in which they are shown.
    """

    def __init__(self) -> None:
        self._sent = 0
        self._numbered = 0
        self._has_begun = False
        self._awaited: dict[int, tuple[int | None, bool]] = {}
        self._size: tuple[int, int] | None = None
        self._frames = 0
        self._skipped = 0
        self._damaged = 0
        self._resolution_changes = 0
        self._truncated = ""

    @property
    def stats(self) -> SourceStats:
        """The counts so far."""
        return SourceStats(
            frames=self._frames,
            skipped=self._skipped,
            damaged=self._damaged,
            resolution_changes=self._resolution_changes,
            truncated=self._truncated,
        )

    def send(self, pts: int | None, *, is_key: bool, is_wanted: bool) -> int:
        """Take note of a coded picture on its way into the decoder; returns its index."""
        index = self._sent
        self._sent += 1
        self._has_begun = self._has_begun or is_key
        self._awaited[index] = (pts, is_wanted and self._has_begun)
        if len(self._awaited) > 4 * REORDER_PICTURES:
            self._give_up([sent for sent in self._awaited if sent <= index - 2 * REORDER_PICTURES])
        return index

    def fail(self, index: int) -> None:
        """Take note that the decoder refused a coded picture."""
        if index in self._awaited:
            self._give_up([index])

    def come_out(self, index: int | None, pts: int | None) -> int:
        """Take note of a decoded picture; returns its number, in the order of showing."""
        if index is not None:
            self._awaited.pop(index, None)
            self._give_up([sent for sent in self._awaited if self._is_lost(sent, index, pts)])
        number = self._numbered
        self._numbered += 1
        return number

    def finish(self) -> None:
        """Count what is still awaited as lost: the decoder is empty."""
        self._give_up(list(self._awaited))

    def count_frame(self, width_px: int, height_px: int) -> None:
        """Count a picture that is given on, and whether its size is a new one."""
        self._frames += 1
        if self._size is not None and self._size != (width_px, height_px):
            self._resolution_changes += 1
        self._size = (width_px, height_px)

    def count_skipped(self) -> None:
        """Count a picture that is left out on purpose."""
        self._skipped += 1

    def count_damaged(self) -> None:
        """Count a picture that came out of the decoder, but flagged as corrupt."""
        self._damaged += 1

    def mark_truncated(self, sentence: str) -> None:
        """Say that the clip ends before its own end."""
        self._truncated = sentence

    def _is_lost(self, sent: int, index: int, pts: int | None) -> bool:
        if sent > index:
            return False
        due = self._awaited[sent][0]
        is_due_earlier = due is not None and pts is not None and due < pts
        return is_due_earlier or sent <= index - REORDER_PICTURES

    def _give_up(self, lost: list[int]) -> None:
        for sent in lost:
            _, is_wanted = self._awaited.pop(sent)
            self._numbered += 1
            if is_wanted:
                self._damaged += 1
            else:
                self._skipped += 1
