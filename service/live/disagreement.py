"""Cameras that contradict the others for long: one of them needs a technician."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from service.timestamps import NS_PER_S

AFTER_S = 120.0  # a manoeuvre or a slow change of one view is over by then


@dataclass(slots=True)
class Disagreements:
    """Since when which camera contradicts what all say of a spot; knows no clock."""

    after_s: float = AFTER_S
    _since_ns: dict[tuple[str, str], int] = field(default_factory=dict)
    """By camera_id and spot_id."""

    def take(
        self, spot_id: str, dissenting: Iterable[str], agreeing: Iterable[str], now_ns: int
    ) -> None:
        """Note which cameras now contradict, and which do not."""
        for camera_id in dissenting:
            self._since_ns.setdefault((camera_id, spot_id), now_ns)
        for camera_id in agreeing:
            self._since_ns.pop((camera_id, spot_id), None)

    def keep(self, views: Collection[tuple[str, str]]) -> None:
        """Forget all other views; given by camera_id and spot_id."""
        self._since_ns = {key: since for key, since in self._since_ns.items() if key in views}

    def spots_of(self, camera_id: str, now_ns: int) -> list[str]:
        """The spots about which a camera has disagreed for long."""
        long_ns = round(self.after_s * NS_PER_S)
        return [
            spot_id
            for (camera, spot_id), since_ns in self._since_ns.items()
            if camera == camera_id and now_ns - since_ns >= long_ns
        ]
