"""Who counts as a person far away, and in which band of distance."""

import pytest

from benchmarks.eval_far_people import Person, bands, is_wanted
from service.replay.truth import TrueBox


def test_people_are_counted_by_distance_and_by_who_found_them() -> None:
    people = [
        Person(39.9, 30, in_whole=True, in_closer=False),
        Person(61.0, 17, in_whole=False, in_closer=True),
        Person(69.0, 15, in_whole=False, in_closer=False),
    ]
    near, far = bands(people)
    assert (near["from_m"], near["to_m"], near["n"], near["either"]) == (30, 40, 1, 1.0)
    assert (far["from_m"], far["to_m"], far["n"], far["mean_tall_px"]) == (60, 70, 2, 16.0)
    assert (far["whole_picture"], far["closer_look"], far["either"]) == (0.0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        pytest.param({}, True, id="beside the track"),
        pytest.param({"group": "vehicle"}, False, id="no person"),
        pytest.param({"distance_along_track_m": 80.0}, False, id="too far"),
        pytest.param({"lateral_m": -12.0}, False, id="far aside"),
        pytest.param({"visibility": 0.3}, False, id="hidden"),
    ],
)
def test_who_counts(change: dict[str, object], counts: bool) -> None:
    person = {"id": "p", "group": "person", "xyxy": (0, 0, 9, 20), "visibility": 1.0}
    person |= {"distance_along_track_m": 60.0, "lateral_m": 3.0}
    assert is_wanted(TrueBox.model_validate(person | change)) is counts
