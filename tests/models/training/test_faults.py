import subprocess
import sys
from pathlib import Path

import pytest

from models.training.bed.settings import SETTINGS
from models.training.faults import told_in_one_line


def test_an_odd_setting_ends_a_training_with_one_line(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(SETTINGS.read_text().replace("batch:", "batches:"))
    command = [sys.executable, "-m", "models.training.bed", "train", "--settings", own]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "settings missing or unknown in Settings: batch, batches\n"


def test_a_missing_file_ends_it_so_too(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="No such file or directory"), told_in_one_line():
        (tmp_path / "nowhere").read_bytes()


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    with pytest.raises(ValueError, match="shapes"), told_in_one_line():
        raise ValueError("shapes")
