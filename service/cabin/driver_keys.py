"""What drivers pressed on their displays, on its way to the camera's thread."""

import threading


class DriverKeys:
    """The newest key press per camera; a mailbox of one that any thread may use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acknowledged: dict[tuple[str, str], int | None] = {}

    def acknowledge(self, site_id: str, camera_id: str, alert_id: int | None) -> None:
        """The driver has seen this alert; None stands for the one that is there now."""
        with self._lock:
            self._acknowledged[site_id, camera_id] = alert_id

    def take(self, site_id: str, camera_id: str) -> tuple[int | None] | None:
        """The alert that was acknowledged since the last call, as a tuple of one; None: none."""
        with self._lock:
            if (site_id, camera_id) not in self._acknowledged:
                return None
            return (self._acknowledged.pop((site_id, camera_id)),)
