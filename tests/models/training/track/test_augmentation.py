"""Drawn views take the light of a photograph, and stay what they show."""

import numpy as np
import pytest

from models.training.track.augmentation import in_style_of, with_colours, with_waves

SIDE = 48
EVENING = np.full((SIDE, SIDE, 3), (120, 60, 20), np.uint8)


def drawn_view() -> np.ndarray:
    """Ground with two bright rails."""
    view = np.full((SIDE, SIDE, 3), 100, np.uint8)
    view[:, 16:18] = view[:, 30:32] = 190
    return view


def rail_contrast(view: np.ndarray) -> float:
    return float(view[:, 16:18].mean() - view[:, 20:28].mean())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_colours_go_as_far_as_their_share(share: float) -> None:
    view = drawn_view()
    shown = with_colours(view, EVENING, share).mean((0, 1))
    wanted = EVENING if share else view
    np.testing.assert_allclose(shown, wanted.mean((0, 1)), atol=6)


def test_nothing_of_a_photographs_waves_changes_nothing() -> None:
    view = drawn_view()
    np.testing.assert_allclose(with_waves(view, EVENING, 0.0, 2), view, atol=1)


def test_coarse_waves_bring_light_and_leave_rails() -> None:
    view = drawn_view()
    shown = with_waves(view, EVENING, 1.0, 1)
    np.testing.assert_allclose(shown.mean((0, 1)), EVENING[0, 0], atol=15)
    assert rail_contrast(shown) > 0.5 * rail_contrast(view)


def test_a_style_is_drawn_the_same_from_the_same_seed() -> None:
    first, again, other = (
        in_style_of(np.random.default_rng(seed), drawn_view(), EVENING[:20]) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert first.shape == drawn_view().shape
