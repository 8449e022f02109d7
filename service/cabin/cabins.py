"""What is known of the cabins besides their alerts: tallies, display ages, false alarms."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from service.cabin.assistance_tally import AssistanceCounts, AssistanceTally, next_tally
from service.cabin.display_ages import DisplayAges
from vision.tram.watch import TramResult

Key = tuple[str, str]
Mark = tuple[str, str, int]
"""Site, camera and number of an alert."""
Count = Callable[[str, str, int, AssistanceCounts], object]
"""Takes site, camera, a time in ns, and what was counted then."""
MOST_MARKS = 64  # false alarms per camera that wait for being put aside
MOST_TOLD = 1000  # alerts per camera whose numbers are known without a database


class Cabins:
    """One per service; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[Key, AssistanceTally] = {}
        self._told: dict[Key, deque[int]] = {}
        self._false_alarms: dict[Key, set[int]] = {}
        self._waiting: dict[Key, list[int]] = {}
        self._keep: Callable[[Mark], object] | None = None
        self._count: Count | None = None
        self.ages = DisplayAges()

    def keep(self, known: Iterable[Mark], keep: Callable[[Mark], object], count: Count) -> None:
        """Begin with the false alarms that an earlier life knew; hand on what is marked or counted.

        What is marked is not counted besides: when its alert was is not known here.
        """
        with self._lock:
            for site_id, camera_id, alert_id in known:
                self._false_alarms.setdefault((site_id, camera_id), set()).add(alert_id)
        self._keep, self._count = keep, count

    def take(self, site_id: str, result: TramResult) -> None:
        """Count one more result, as it was told."""
        key = (site_id, result.camera_id)
        with self._lock:
            before = self._tallies.get(key, AssistanceTally())
            after = self._tallies[key] = next_tally(before, result)
            told = self._told.setdefault(key, deque(maxlen=MOST_TOLD))
            if result.alert.alert_id is not None and result.alert.alert_id not in told:
                told.append(result.alert.alert_id)
        if self._count is not None:
            self._count(*key, result.timestamp_ns, after - before)

    def tally(self, site_id: str, camera_id: str) -> AssistanceTally:
        """How often the assistant of a camera has spoken."""
        with self._lock:
            return self._tallies.get((site_id, camera_id), AssistanceTally())

    def has_told(self, site_id: str, camera_id: str, alert_id: int) -> bool:
        """Whether there was such an alert, as far as this life remembers."""
        key = (site_id, camera_id)
        with self._lock:
            return alert_id in self._told.get(key, ()) or alert_id in self._false_alarms.get(
                key, ()
            )

    def mark_false(self, site_id: str, camera_id: str, alert_id: int) -> bool:
        """Somebody says that an alert was false; False when that is known already."""
        key = (site_id, camera_id)
        with self._lock:
            marked = self._false_alarms.setdefault(key, set())
            if alert_id in marked:
                return False
            marked.add(alert_id)
            waiting = self._waiting.setdefault(key, [])
            waiting.append(alert_id)
            del waiting[:-MOST_MARKS]
            tally = self._tallies.get(key, AssistanceTally())
            self._tallies[key] = replace(tally, false_alarms=tally.false_alarms + 1)
        if self._keep is not None:
            self._keep((site_id, camera_id, alert_id))
        return True

    def is_false(self, site_id: str, camera_id: str, alert_id: int) -> bool:
        """Whether somebody has said that this alert was false."""
        with self._lock:
            return alert_id in self._false_alarms.get((site_id, camera_id), ())

    def take_false(self, site_id: str, camera_id: str) -> list[int]:
        """Alerts marked as false since the last call, for whoever keeps their pictures."""
        with self._lock:
            return self._waiting.pop((site_id, camera_id), [])
