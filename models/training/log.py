"""What a run notes down as it goes: tables of one row a step, to be plotted."""

import csv
from pathlib import Path


def add_row(table: Path, row: dict[str, float]) -> None:
    """Add a row, with a header where the table is new; one of its values is the `step`."""
    is_new = not table.is_file()
    with table.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, list(row), lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow({k: v if k == "step" else round(float(v), 6) for k, v in row.items()})


def forget_after(table: Path, step: int) -> None:
    """Drop the rows after a step: a run that goes on from there makes them again."""
    if not table.is_file():
        return
    header, *rows = table.read_text().splitlines(keepends=True)
    at = header.strip().split(",").index("step")
    kept = [row for row in rows if int(row.split(",")[at]) <= step]
    table.write_text(header + "".join(kept))
