"""History as CSV or Parquet: streamed, in order of time, however long it is."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Literal

from service.store.errors import StoreRefused
from service.store.page import Page, Span
from service.store.store import Store
from service.store.usage import UsageRow
from service.timestamps import ns_to_iso

What = Literal["spots", "lots", "alerts", "cameras", "hours", "days"]
Kind = Literal["text", "whole", "number", "flag", "time"]
Columns = Mapping[str, Kind]
ROWS_AT_ONCE = 5000
BLOCK_BYTES = 1 << 16
_USAGE: Columns = {
    "site_id": "text",
    "scope": "text",
    "lot_id": "text",
    "subject": "text",
    "begin": "time",
    "end": "time",
    "spots": "whole",
    "occupancy": "number",
    "turnover": "number",
    "arrivals": "whole",
    "departures": "whole",
    "stays": "whole",
    "dwell_median_s": "number",
    "dwell_p90_s": "number",
    "free_s": "number",
    "occupied_s": "number",
    "unknown_s": "number",
    "closed_s": "number",
}
EXPORTS: Mapping[str, Columns] = {
    "spots": {
        "site_id": "text",
        "lot_id": "text",
        "spot_id": "text",
        "camera_id": "text",
        "spot_group": "text",
        "status": "text",
        "reason": "text",
        "confidence": "number",
        "at": "time",
        "observed_at": "time",
        "event_id": "whole",
    },
    "lots": {
        "site_id": "text",
        "lot_id": "text",
        "at": "time",
        "total": "whole",
        "free_min": "whole",
        "free_max": "whole",
        "occupied": "whole",
        "unknown": "whole",
        "closed": "whole",
        "event_id": "whole",
    },
    "alerts": {
        "site_id": "text",
        "camera_id": "text",
        "at": "time",
        "alert_id": "whole",
        "level": "text",
        "reason": "text",
        "is_acknowledged": "flag",
        "kind": "text",
        "distance_m": "number",
        "time_to_collision_s": "number",
        "confidence": "number",
        "event_id": "whole",
    },
    "cameras": {
        "site_id": "text",
        "camera_id": "text",
        "at": "time",
        "status": "text",
        "reason": "text",
        "event_id": "whole",
    },
    "hours": _USAGE,
    "days": _USAGE,
}
"""What each file holds, column by column; times are ns here and written in UTC."""
Cells = tuple[Any, ...]


def export_rows(store: Store, what: What, site_ids: Sequence[str], span: Span) -> Iterator[Cells]:
    """The rows of a file, in the order of its columns."""
    columns = EXPORTS[what]
    for site_id in site_ids:
        if what == "hours" or what == "days":
            period: Literal["hour", "day"] = "hour" if what == "hours" else "day"
            for used in store.usage.all(site_id, period, span):
                yield _usage_cells(used, columns)
        else:
            for row in _changes(store, what, site_id, span):
                yield tuple(getattr(row, _attribute(row, name)) for name in columns)


def csv_lines(columns: Columns, rows: Iterable[Cells]) -> Iterator[str]:
    """The file line by line, its heading first (with the first rows, if there are any)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    kinds = list(columns.values())
    for count, row in enumerate(rows):
        writer.writerow(_csv_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True))
        if count % 200 == 0:
            yield _taken(text)
    yield _taken(text)


def parquet_file(columns: Columns, rows: Iterable[Cells]) -> Iterator[bytes]:
    """The file block by block; raises StoreRefused where pyarrow is missing."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by _blocks
    write_parquet(file, columns, rows)
    file.seek(0)
    return _blocks(file)


def write_parquet(file: IO[bytes], columns: Columns, rows: Iterable[Cells]) -> None:
    """Write the rows; raises StoreRefused where pyarrow is missing."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise StoreRefused(
            "Parquet needs the extra `parquet`: pip install 'wayside-vision[parquet]'"
        ) from error
    types = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("ns", tz="UTC"),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    with pq.ParquetWriter(file, schema) as writer:
        for batch in _batches(rows):
            arrays = [
                pa.array(list(cells), type=field.type)
                for cells, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _changes(store: Store, what: What, site_id: str, span: Span) -> Iterator[Any]:
    pages: dict[str, Callable[..., Page[Any]]] = {
        "spots": store.spot_history.page,
        "lots": store.lot_history.page,
        "alerts": store.alert_history.page,
        "cameras": store.camera_history.page,
    }
    cursor: str | None = None
    while True:
        page = pages[what](site_id, span=span, limit=ROWS_AT_ONCE, cursor=cursor)
        yield from page.rows
        cursor = page.next
        if cursor is None:
            return


def _attribute(row: object, name: str) -> str:
    """Times are named for their unit in the rows."""
    return name if hasattr(row, name) else f"{name}_ns"


def _usage_cells(row: UsageRow, columns: Columns) -> Cells:
    return tuple(
        getattr(row.usage, name)
        if hasattr(row.usage, name)
        else getattr(row, _attribute(row, name))
        for name in columns
    )


def _csv_cell(cell: object, kind: Kind) -> object:
    if cell is None:
        return ""
    if kind == "time":
        return ns_to_iso(int(str(cell)))
    if kind == "flag":
        return str(cell).lower()
    return cell


def _taken(text: io.StringIO) -> str:
    taken = text.getvalue()
    text.seek(0)
    text.truncate()
    return taken


def _batches(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    batch: list[Cells] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK_BYTES):
            yield block
