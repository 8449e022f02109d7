"""Bicycles and motorcycles, and where their riders sit."""

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.shape import Shape

Array = NDArray[np.float64]

BICYCLE_SEAT = np.array([-0.22, 0, 0.92])
BICYCLE_HANDS = np.array([0.42, 0.24, 1.05])
BICYCLE_PEDALS = np.array([-0.02, 0, 0.29])
MOTORCYCLE_SEAT = np.array([-0.25, 0, 0.78])
MOTORCYCLE_HANDS = np.array([0.4, 0.34, 1.05])
MOTORCYCLE_PEDALS = np.array([0.0, 0.05, 0.36])


def bicycle_shape() -> Shape:
    """A bicycle at the origin heading along +x."""
    shape, across = Shape(), np.array([0, 1.0, 0])
    rear, front = np.array([-0.52, 0, 0.34]), np.array([0.54, 0, 0.34])
    pedals, seat, head = (
        np.array([-0.05, 0, 0.29]),
        np.array([-0.2, 0, 0.84]),
        np.array([0.36, 0, 0.85]),
    )
    for hub in (rear, front):
        shape.ring(hub, across, 0.325, 0.022, "tyre")
        shape.disc(hub, across, 0.04, 0.09, "rim", 8)
        for turn in np.linspace(0, np.pi, 5, endpoint=False):
            out = np.array([np.cos(turn), 0, np.sin(turn)]) * 0.32
            shape.limb(hub - out, hub + out, (0.004, 0.004), "rim")
    for a, b in ((rear, pedals), (rear, seat), (pedals, seat), (pedals, head), (seat, head)):
        shape.limb(a, b, (0.02, 0.02), "paint")
    shape.limb(front, head + [0.0, 0, 0.0], (0.018, 0.02), "paint")
    bar = head + np.array([-0.02, 0, 0.2])
    shape.limb(head, bar, (0.017, 0.017), "black")
    shape.limb(bar - [0, 0.29, 0], bar + [0, 0.29, 0], (0.016, 0.016), "black")
    shape.limb(seat, seat + [-0.02, 0, 0.1], (0.015, 0.015), "black")
    shape.ball(seat + [-0.04, 0, 0.12], [0.14, 0.08, 0.035], "black", 5)
    shape.disc(pedals, across, 0.09, 0.03, "black", 12)
    shape.box(front + [0.0, 0, 0.48], [0.06, 0.07, 0.07], "lamp")
    shape.box(rear + [-0.2, 0, 0.4], [0.03, 0.05, 0.05], "tail")
    return shape


def motorcycle_shape() -> Shape:
    """A scooter-like motorcycle at the origin heading along +x."""
    shape, across = Shape(), np.array([0, 1.0, 0])
    rear, front = np.array([-0.62, 0, 0.29]), np.array([0.68, 0, 0.29])
    for hub in (rear, front):
        shape.ring(hub, across, 0.235, 0.065, "tyre")
        shape.disc(hub, across, 0.18, 0.07, "rim", 14)
    head = np.array([0.4, 0, 0.92])
    for side in (-0.07, 0.07):
        shape.limb(front + [0, side, 0], head + [0, side, 0], (0.03, 0.03), "rim")
    shape.ball([0.03, 0, 0.52], [0.42, 0.16, 0.24], "black", 7)
    shape.ball([0.16, 0, 0.76], [0.27, 0.15, 0.14], "paint", 7)
    shape.ball([-0.35, 0, 0.72], [0.42, 0.13, 0.08], "black", 7)
    shape.ball([-0.62, 0, 0.68], [0.28, 0.12, 0.12], "paint", 7)
    shape.ball([0.62, 0, 0.56], [0.2, 0.09, 0.06], "paint", 5)
    shape.ball([0.52, 0, 0.88], [0.12, 0.17, 0.17], "paint", 7)
    shape.ball([0.62, 0, 0.88], [0.05, 0.11, 0.1], "lamp", 5)
    shape.box([-0.9, 0, 0.66], [0.04, 0.14, 0.06], "tail")
    shape.box([-0.95, 0, 0.5], [0.02, 0.2, 0.15], "plate")
    bar = head + [0.0, 0, 0.12]
    shape.limb(bar - [0, 0.36, 0], bar + [0, 0.36, 0], (0.018, 0.018), "black")
    for side in (-1, 1):
        shape.ball(bar + [0.02, side * 0.3, 0.18], [0.02, 0.06, 0.04], "black", 5)
    shape.limb([-0.1, -0.17, 0.3], [-0.8, -0.2, 0.38], (0.05, 0.06), "rim")
    return shape


def dog_shape(phase: float, stride: float = 1.0) -> Shape:
    """A middle-sized dog at the origin facing +x; `phase` counts trots."""
    shape = Shape()
    shape.limb([-0.28, 0, 0.5], [0.26, 0, 0.53], (0.11, 0.14), "hair")
    shape.limb([0.3, 0, 0.58], [0.46, 0, 0.75], (0.09, 0.07), "hair")
    shape.ball([0.53, 0, 0.78], [0.13, 0.085, 0.09], "hair", 7)
    shape.limb([0.58, 0, 0.76], [0.7, 0, 0.73], (0.05, 0.04), "hair")
    for side in (-1, 1):
        shape.ball([0.47, side * 0.07, 0.86], [0.03, 0.025, 0.07], "hair", 5)
        for x, turn in ((-0.26, 0.0), (0.24, np.pi)):
            angle = np.deg2rad(26) * stride * np.sin(2 * np.pi * phase + turn + (side > 0) * np.pi)
            hip = np.array([x, side * 0.09, 0.48])
            knee = hip + np.array([np.sin(angle), 0, -np.cos(angle)]) * 0.24
            foot = knee + np.array([np.sin(angle * 0.4), 0, -np.cos(angle * 0.4)]) * 0.22
            shape.limb(hip, knee, (0.065, 0.045), "hair")
            shape.limb(knee, foot, (0.04, 0.032), "hair")
    shape.limb([-0.34, 0, 0.56], [-0.56, 0, 0.74], (0.035, 0.02), "hair")
    smaller = Shape()
    smaller.merge(shape, np.diag([0.72, 0.72, 0.72, 1.0]))
    return smaller
