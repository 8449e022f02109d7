"""How old states were when they stood on the displays' glass, as the displays measured it."""

import threading
from collections import deque
from collections.abc import Sequence

import numpy as np

KEPT = 1000  # per display: some minutes
PERCENTILES = (50, 95, 99)
WARNING = ("information", "caution", "alarm")


class DisplayAges:
    """The last ages per camera, from capture to display in ms; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ages_ms: dict[tuple[str, str, bool], deque[float]] = {}

    def add(self, site_id: str, camera_id: str, level: str, age_ms: float) -> None:
        """A display has shown a state of this level at this age."""
        key = (site_id, camera_id, level in WARNING)
        with self._lock:
            self._ages_ms.setdefault(key, deque(maxlen=KEPT)).append(age_ms)

    def percentiles(self, site_id: str, camera_id: str, *, alerts_only: bool) -> dict[str, float]:
        """p50, p95 and p99 in ms; empty before the first."""
        with self._lock:
            ages = list(self._ages_ms.get((site_id, camera_id, True), ()))
            if not alerts_only:
                ages += self._ages_ms.get((site_id, camera_id, False), ())
        return percentiles_ms(ages)

    def count(self, site_id: str, camera_id: str) -> int:
        """How many are kept."""
        with self._lock:
            return sum(
                len(self._ages_ms.get((site_id, camera_id, is_), ())) for is_ in (True, False)
            )


def percentiles_ms(values: Sequence[float]) -> dict[str, float]:
    """By name such as p95, rounded to a tenth."""
    if not values:
        return {}
    return {f"p{each}": round(float(np.percentile(values, each)), 1) for each in PERCENTILES}
