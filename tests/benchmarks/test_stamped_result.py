"""What a benchmark says of the code that it measured."""

import subprocess
from pathlib import Path

from benchmarks.stamped_result import has_local_changes


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def test_result_of_the_benchmark_before_is_no_change_of_the_code(tmp_path: Path) -> None:
    result, code = tmp_path / "benchmarks" / "results" / "load.json", tmp_path / "code.py"
    result.parent.mkdir(parents=True)
    for path in (result, code):
        path.write_text("as committed")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "All there is")
    result.write_text("measured anew")
    assert not has_local_changes(tmp_path)
    code.write_text("changed by hand")
    assert has_local_changes(tmp_path)
