"""Watches the bed of the own track for what no class names, picture by picture."""

from collections.abc import Sequence

import numpy as np

from vision.tram.bed_obstacle import bed_obstacles
from vision.tram.bed_reader import ReadsBed
from vision.tram.bed_sight import BedSight, next_bed_sight
from vision.tram.calibration_watch import CalibrationCheck
from vision.tram.kept_place import (
    KeptPlaces,
    is_named,
    next_kept_places,
    with_named,
    with_remembered,
)
from vision.tram.obstacle import Obstacle
from vision.tram.range_doubt import range_doubt
from vision.tram.scene import Scene
from vision.tram.settings import TramSettings


class BedWatch:
    """Remembers the bed ahead while the tram runs over it."""

    def __init__(self, settings: TramSettings, reader: ReadsBed | None = None) -> None:
        self._settings = settings
        self._reader = reader
        self._sight = BedSight()
        self._kept = KeptPlaces()

    @property
    def reach_m(self) -> float:
        """How far ahead the bed is looked at; 0: it is not."""
        return self._sight.reach_m

    def update(
        self,
        scene: Scene,
        known: Sequence[Obstacle],
        seen_ids: frozenset[int],
        check: CalibrationCheck,
    ) -> tuple[Obstacle, ...]:
        """What stands on the bed and is none of the `known` road users, nearest first.

        `seen_ids` are the tracks that this picture shows.
        """
        if not self._settings.finds_objects:
            return ()
        named_xyxy = np.array([each.xyxy for each in known if is_named(each)]).reshape(-1, 4)
        self._sight = next_bed_sight(
            self._sight,
            scene.frame.image,
            scene.camera,
            scene.track,
            scene.mean_speed_mps,
            scene.elapsed_s,
            scene.now_ns,
            self._reader,
            named_xyxy,
        )
        self._kept = next_kept_places(
            self._kept,
            known,
            seen_ids,
            self._sight.way_m,
            scene.ego.speed_mps,
            scene.now_ns,
            self._settings.front_offset_m,
        )
        self._sight = with_named(self._sight, scene.camera, scene.track, named_xyxy, scene.now_ns)
        self._sight = with_remembered(self._sight, self._kept.lost, scene.camera, scene.now_ns)
        present = self._sight.present
        if not present:
            return ()
        ahead_m = np.array([each.at_m - self._sight.way_m for each in present])
        doubt = range_doubt(self._settings, check, scene, ahead_m)
        return bed_obstacles(self._sight, scene, self._settings, doubt, named_xyxy)

    def forget(self) -> None:
        """The camera is blind; only the numbers of objects go on."""
        self._sight, self._kept = BedSight(found=self._sight.found), KeptPlaces()
