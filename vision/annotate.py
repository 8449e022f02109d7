"""Draws results into a copy of the picture, readable without colour."""

from vision.arrays import ImageArray
from vision.parking.layout import Layout
from vision.parking.watch import ParkingResult
from vision.tram.watch import TramResult


def annotate_parking(image: ImageArray, layout: Layout, result: ParkingResult) -> ImageArray:
    """A copy with every spot outlined, coloured and marked by its status."""
    raise NotImplementedError


def annotate_tram(image: ImageArray, result: TramResult) -> ImageArray:
    """A copy with the envelope, the obstacles with their metres, and the alert level."""
    raise NotImplementedError
