"""Vehicles that stood in a recording, found by the obstacle detector."""

from dataclasses import dataclass

import numpy as np

from service.cameras.model_loading import load_detector
from service.errors import ClipError
from streams.mode import FrameMode
from streams.source import open_source
from vision.arrays import FloatArray
from vision.classes import KIND_OF, Kind
from vision.parking.parked_vehicles import ParkedVehicles

CONFIDENCE = 0.3  # a vehicle that stands is seen many times; stray boxes are not


@dataclass(frozen=True, slots=True, eq=False)
class StoodVehicles:
    """Where vehicles stood in pictures of one size."""

    places: FloatArray
    """(N, 4) boxes in px."""
    width_px: int
    height_px: int


def stood_vehicles(
    source: str,
    *,
    per_second: float,
    least_stand_s: float,
    model: str | None = None,
    threads: int | None = None,
) -> StoodVehicles:
    """Look through a recording; raises ClipError, SourceError, ModelError."""
    detector = load_detector(model, threads=threads, confidence=CONFIDENCE)
    is_vehicle = np.array(
        [KIND_OF.get(name) is Kind.VEHICLE for name in detector.class_names], np.bool_
    )
    parked = ParkedVehicles(least_stand_s)
    size_px: tuple[int, int] | None = None
    with open_source(source, mode=FrameMode(False, per_second)) as pictures:
        if pictures.is_live:
            raise ClipError(f"{pictures.name} is a live camera; wanted a recording")
        for frame in pictures:
            found = detector(frame.image)
            parked.update(found.xyxy[is_vehicle[found.class_id]], frame.timestamp_ns)
            size_px = frame.size_px
    if size_px is None:
        raise ClipError(f"{source} holds no picture")
    return StoodVehicles(parked.places(), *size_px)
