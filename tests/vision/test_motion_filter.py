import numpy as np
import pytest

from vision.motion_filter import MotionFilter


def _matrix_kalman(
    steps: list[tuple[float, float]], wander: float, sigma: float
) -> tuple[np.ndarray, np.ndarray]:
    """The textbook filter of one coordinate: state and covariance after (elapsed, measured)."""
    state, covariance = np.array([0.0, 0.0]), np.diag([1.0, 4.0])
    seen = np.array([[1.0, 0.0]])
    for elapsed, measured in steps:
        move = np.array([[1, elapsed], [0, 1]])
        noise = wander**2 * np.array([[elapsed**3 / 3, elapsed**2 / 2], [elapsed**2 / 2, elapsed]])
        state, covariance = move @ state, move @ covariance @ move.T + noise
        gain = covariance @ seen.T / (seen @ covariance @ seen.T + sigma**2)
        state = state + gain[:, 0] * (measured - state[0])
        covariance = (np.eye(2) - gain @ seen) @ covariance
    return state, covariance


def test_same_as_the_matrix_form() -> None:
    steps = [(0.1, 0.3), (0.04, 0.5), (0.5, 1.4), (0.2, 1.5)]
    state, covariance = _matrix_kalman(steps, wander=0.7, sigma=0.4)
    ours = MotionFilter.start(
        np.zeros((2, 1)), np.zeros((2, 1)), np.ones((2, 1)), np.full((2, 1), 2.0)
    )
    for elapsed, measured in steps:
        ours.predict(elapsed, np.full((2, 1), 0.7))
        ours.correct(np.array([1]), np.array([[measured]]), np.array([[0.4]]))
    got = [ours.position[1, 0], ours.velocity[1, 0]]
    assert got == pytest.approx(state)
    spread = [ours.position_variance[1, 0], ours.covariance[1, 0], ours.velocity_variance[1, 0]]
    assert spread == pytest.approx([covariance[0, 0], covariance[0, 1], covariance[1, 1]])


def test_uncertainty_is_the_same_however_time_is_split() -> None:
    once, often = (
        MotionFilter.start(np.zeros((1, 2)), np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 2)))
        for _ in range(2)
    )
    wander = np.full((1, 2), 0.5)
    once.predict(1.0, wander)
    for _ in range(10):
        often.predict(0.1, wander)
    for name in ("position", "position_variance", "covariance", "velocity_variance"):
        assert getattr(often, name) == pytest.approx(getattr(once, name))


def test_objects_come_and_go() -> None:
    motion = MotionFilter.empty(2)
    new = np.array([[1.0, 2.0], [3.0, 4.0]])
    motion.append(MotionFilter.start(new, new, new, new))
    motion.keep(np.array([False, True]))
    assert len(motion) == 1
    assert motion.position.tolist() == [[3, 4]]
