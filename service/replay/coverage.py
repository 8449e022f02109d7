"""Whether a replay saw all that the truth of its clip tells of."""

from collections.abc import Iterable, Iterator

from service.replay.run import ReplayReport
from service.replay.truth import Truth
from service.site.site import Camera

LAST_PICTURES = 2.5  # so many may be lost at the end of a clip that is whole


def unseen_truth(truth: Truth, report: ReplayReport, cameras: Iterable[Camera]) -> Iterator[str]:
    """One sentence for each camera whose clip ends before its truth does."""
    end_s = truth.frames[-1].t_s
    for camera in cameras:
        if camera.frames.key_frames_only:
            continue  # nobody knows how long after the last one the clip ends
        seen_s = report.seen_until_s.get(camera.camera_id, 0.0)
        apart_s = max(1 / truth.fps, camera.frames.longest_gap_s)
        if end_s - seen_s > LAST_PICTURES * apart_s:
            yield (
                f"the clip of camera {camera.camera_id} is cut short: its last picture is of"
                f" {seen_s:.2f} s, the last one of its truth of {end_s:.2f} s"
            )
