import pytest

from service.live.records import AlertRecord, LotRecord, SpotRecord
from service.publish.retained_state import Told, due_states, expires_at_ns
from service.timestamps import NS_PER_S, ns_to_iso

NOW_NS = 1_777_636_804 * NS_PER_S


def spot(status: str = "free", valid_for_s: float | None = 300.0) -> SpotRecord:
    (example,) = SpotRecord.model_json_schema()["examples"]
    until = None if valid_for_s is None else ns_to_iso(NOW_NS + round(valid_for_s * NS_PER_S))
    return SpotRecord.model_validate(example | {"status": status, "valid_until": until})


def alert(distance_m: float) -> AlertRecord:
    (example,) = AlertRecord.model_json_schema()["examples"]
    nearest = example["nearest"] | {"distance_m": distance_m}
    return AlertRecord.model_validate(example | {"nearest": nearest})


@pytest.mark.parametrize(
    ("valid_for_s", "kept_for_s"),
    [
        pytest.param(300.0, 300, id="as long as it holds"),
        pytest.param(0.4, 1, id="a display: whole seconds are all MQTT knows"),
        pytest.param(None, 60, id="unknown"),
        pytest.param(-5.0, 60, id="outdated, so unknown by now"),
    ],
)
def test_a_state_expires(valid_for_s, kept_for_s):
    assert expires_at_ns(spot(valid_for_s=valid_for_s), NOW_NS) == NOW_NS + kept_for_s * NS_PER_S


@pytest.mark.parametrize(
    ("before", "after", "later_s", "is_told"),
    [
        pytest.param(spot(), spot(), 1, False, id="nothing new"),
        pytest.param(spot(), spot("occupied"), 1, True, id="car parks"),
        pytest.param(spot(), spot(), 30, True, id="repeated, so that silence is noticed"),
        pytest.param(spot(valid_for_s=10), spot(valid_for_s=10), 5, True, id="half its life over"),
        pytest.param(alert(33.0), alert(33.0), 0.1, False, id="obstacle stands"),
        pytest.param(alert(33.0), alert(32.5), 0.1, True, id="obstacle comes nearer"),
    ],
)
def test_what_a_broker_is_told(before, after, later_s, is_told):
    told = {"topic": Told(before, NOW_NS, expires_at_ns(before, NOW_NS))}
    due = due_states({"topic": after}, told, NOW_NS + round(later_s * NS_PER_S))
    assert bool(due) is is_told


def test_what_was_never_told_is_due():
    (example,) = LotRecord.model_json_schema()["examples"]
    assert set(due_states({"lot": LotRecord.model_validate(example)}, {}, NOW_NS)) == {"lot"}
