"""Answers that were looked at once and kept: compared with, or written anew by --update-golden."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class GoldenFolder:
    """The kept answers of one test run."""

    is_updating: bool
    folder: Path = FOLDER

    def lines(self, name: str, got: list[str]) -> list[str]:
        """The kept lines of that name; `got` becomes them with --update-golden."""
        path = self.folder / name
        if self.is_updating:
            path.write_text("".join(f"{line}\n" for line in got), encoding="utf-8")
        return path.read_text(encoding="utf-8").splitlines()

    def write_recording(self, name: str, recording: dict[str, Any]) -> None:
        """Keep what a network said, a line per picture."""
        head = {key: value for key, value in recording.items() if key != "pictures"}
        pictures = ",\n  ".join(json.dumps(each) for each in recording["pictures"])
        text = f'{json.dumps(head)[:-1]}, "pictures": [\n  {pictures}\n]}}\n'
        (self.folder / name).write_text(text, encoding="utf-8")

    def recording(self, name: str) -> dict[str, Any]:
        """What a network said, as it was kept."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))
