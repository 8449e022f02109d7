"""The API's operations as a page lists them, read from its OpenAPI description."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a request may say."""

    name: str
    place: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and what it answers."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[Parameter]
    answer: str
    """Name of the schema of a good answer, or its media type."""


def operations_of(openapi: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """All operations by tag, in the order of the description."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    return groups


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=[
            Parameter(each["name"], each["in"], each.get("description", ""))
            for each in operation.get("parameters", [])
        ],
        answer=_answer(operation["responses"].get("200", {})),
    )


def _answer(response: Mapping[str, Any]) -> str:
    for media, content in response.get("content", {}).items():
        schema = content.get("schema", {})
        item = schema.get("items", schema)
        if "$ref" in item:
            name = str(item["$ref"]).rsplit("/", 1)[-1]
            return f"list of {name}" if "items" in schema else name
        return str(media)
    return ""
