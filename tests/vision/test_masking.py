import numpy as np

from vision.masking import BLOCKS, mask_heads


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)


def test_a_head_keeps_a_few_blocks_and_the_rest_stays() -> None:
    image = noise()
    mask_heads(image, np.array([[40, 20, 70, 110]]))
    head = image[20:47, 40:70].reshape(-1, 3)
    assert len(np.unique(head, axis=0)) <= BLOCKS * BLOCKS
    untouched = np.ones(image.shape[:2], bool)
    untouched[20:47, 40:70] = False
    np.testing.assert_array_equal(image[untouched], noise()[untouched])


def test_boxes_beyond_the_picture_and_tiny_ones_do_no_harm() -> None:
    image = noise()
    mask_heads(image, np.array([[-30, -30, -5, -5], [150, 100, 400, 400], [10, 10, 10.2, 11]]))
    assert image.shape == (120, 160, 3)


def test_nobody_changes_nothing() -> None:
    image = noise()
    mask_heads(image, np.zeros((0, 4)))
    np.testing.assert_array_equal(image, noise())
