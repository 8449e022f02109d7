from pathlib import Path

import numpy as np
import pytest

from models.training.obstacles.agreement import Findings
from models.training.obstacles.findings import read, write

FOUND = Findings(np.array([[1, 2, 30, 40]], np.float32), np.array([0.5], np.float32), np.array([2]))


def test_findings_that_could_not_be_written_whole_are_looked_for_again(tmp_path: Path) -> None:
    file, fresh = tmp_path / "set-a.json", tmp_path / "set-a.new"
    fresh.symlink_to(tmp_path / "full disk" / "set-a.new")
    with pytest.raises(FileNotFoundError):
        write(file, [FOUND])
    assert not file.exists()
    fresh.unlink()
    write(file, [FOUND])
    assert read(file)[0].boxes.tolist() == [[1, 2, 30, 40]]
    assert list(tmp_path.iterdir()) == [file]
