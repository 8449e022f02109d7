"""A training picture and its masks."""

import numpy as np
import pytest

from models.training.track.sample import Sample, shrunk


def test_masks_shrink_onto_their_picture() -> None:
    columns, off_px = np.arange(512), []
    for left in range(0, 600, 7):
        own = np.zeros((10, 640), np.bool_)
        own[:, left : left + 30] = True
        image = np.repeat(own[..., None], 3, axis=2).astype(np.uint8) * 255
        small = shrunk(Sample(image, own, own))
        shown, masked = small.image[4, :, 0], small.own[4]
        off_px.append(np.average(columns, weights=masked) - np.average(columns, weights=shown))
    assert np.mean(off_px) == pytest.approx(0, abs=0.05)
