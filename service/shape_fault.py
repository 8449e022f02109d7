"""What is wrong with data read from a file, as a sentence."""

from pydantic import ValidationError


def shape_fault(error: ValidationError) -> str:
    """The first value that does not fit: its place, what was wanted, and what came."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "file"
    said = first["msg"].removeprefix("Value error, ")
    of_the_whole = first["type"] == "value_error" and not first["loc"]
    if of_the_whole or first["type"] in ("missing", "json_invalid"):
        return f"{where}: {said}"  # what came is the whole file
    return f"{where}: {said}, got {first['input']!r:.60}"
