"""What does it spare to decode key frames alone, where a stream has them often enough?"""

import argparse
import json
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.stamped_result import ROOT, stamp, write_result
from service.site.site_document import AUTO_RATE_HZ, KEY_FRAMES_WITHIN_S
from streams.mode import FrameMode
from streams.settings import SourceSettings
from streams.source import open_source
from vision.arrays import ImageArray

CLIP = ROOT / "sample_videos" / "lot_day.mp4"
RATE_HZ, LENGTH_S = 25, 24
KEY_EVERY_S = (1, 30)
STEADY = SourceSettings(key_frames_steady_s=4.0)
LIMIT = FrameMode(max_rate_hz=AUTO_RATE_HZ)
AUTO = FrameMode(max_rate_hz=AUTO_RATE_HZ, key_frames_within_s=KEY_FRAMES_WITHIN_S)
NOISE_GREY = 2.0  # of a camera by day


def main() -> int:
    """Read both streams both ways; 1 when less is spared than the budget asks for."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    most = tomllib.loads((ROOT / "benchmarks/budget.toml").read_text())["key_frames"]["ratio"]
    content: dict[str, Any] = {"streams": {}, "budget_ratio": most}
    with tempfile.TemporaryDirectory() as folder:
        for every_s in KEY_EVERY_S:
            clip = write_stream(Path(folder) / f"key_every_{every_s}_s.mp4", every_s)
            content["streams"][f"key frame every {every_s} s"] = compare(clip)
    content["is_within_budget"] = content["streams"]["key frame every 1 s"]["ratio"] <= most
    print(json.dumps({"result": str(write_result("key_frames", stamp() | content)), **content}))
    return 0 if content["is_within_budget"] else 1


def compare(clip: Path) -> dict[str, Any]:
    """Processor time of both ways; raises AssertionError where a picture differs."""
    limited, limited_s = read(clip, LIMIT)
    auto, auto_s = read(clip, AUTO)
    both = limited.keys() & auto.keys()
    assert len(both) >= LENGTH_S - 2, "most key frames are pictures that a limit takes, too"
    assert all(np.array_equal(limited[number], auto[number]) for number in both)
    return {
        "pictures_at_the_rate": len(limited),
        "pictures_auto": len(auto),
        "processor_s_at_the_rate": round(limited_s, 3),
        "processor_s_auto": round(auto_s, 3),
        "ratio": round(auto_s / limited_s, 3),
    }


def read(clip: Path, mode: FrameMode) -> tuple[dict[int, ImageArray], float]:
    """Pictures by number, and processor time per read clip."""
    began_s = time.process_time()
    with open_source(clip, mode=mode, settings=STEADY) as source:
        pictures = {frame.frame_id: frame.image for frame in source}
    return pictures, time.process_time() - began_s


def write_stream(path: Path, key_every_s: int) -> Path:
    """The sample lot at 25 pictures a second, as noisy as a camera's."""
    rng = np.random.default_rng(0)
    with av.open(str(CLIP)) as source:
        shown = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ)
        stream.height, stream.width = shown[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = key_every_s * RATE_HZ
        stream.options = {"preset": "ultrafast", "sc_threshold": "0", "threads": "1"}
        for number in range(RATE_HZ * LENGTH_S):
            image = shown[number // 5 % len(shown)]
            noisy = image + rng.normal(0, NOISE_GREY, image.shape[:2])[..., None]
            picture = np.clip(noisy, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


if __name__ == "__main__":
    sys.exit(main())
