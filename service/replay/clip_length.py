"""How many pictures a clip says it has, for a progress bar."""

from pathlib import Path

import av


def picture_count(clip: str) -> int | None:
    """The number stated by the clip, or None where it says nothing."""
    path = Path(clip)
    if path.is_dir():
        return sum(1 for each in path.iterdir() if each.is_file())
    try:
        with av.open(clip) as container:
            return container.streams.video[0].frames or None
    except (av.FFmpegError, OSError, IndexError):
        return None
