from pathlib import Path

import pytest

from service.ego_speed.recorded import EgoSpeed


def test_unknown_speed_is_none():
    assert EgoSpeed().at(3.0) is None


def test_speed_before_the_first_row_is_the_first(tmp_path: Path):
    (tmp_path / "v.csv").write_text("t_s,speed_mps\n1,5\n2,6\n")
    assert EgoSpeed.from_csv(tmp_path / "v.csv").at(0.0) == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("t,v\n0,1\n", "columns must be t_s,speed_mps", id="other columns"),
        pytest.param("t_s,speed_mps\n", "holds no speeds", id="empty"),
        pytest.param("t_s,speed_mps\n0,fast\n", "line 2 holds no two numbers", id="words"),
        pytest.param("t_s,speed_mps\n0\n", "line 2 holds no two numbers", id="one column"),
        pytest.param("t_s,speed_mps\n0,inf\n", "line 2 holds a number without end", id="inf"),
        pytest.param("t_s,speed_mps\n0,1\n1,99\n", "line 3 has 99 m/s, wanted 60", id="too fast"),
        pytest.param("t_s,speed_mps\n1,1\n1,2\n", "t_s must rise, but line 3", id="time stands"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, text, sentence):
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        EgoSpeed.from_csv(tmp_path / "v.csv")
