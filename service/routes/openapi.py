"""The description of the API, completed: every answer that may come, errors as problems."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.access.guard import ANYBODY_SCHEME, KEY_SCHEME, READING
from service.routes.problems import ProblemRecord, problem_answers

LEFT_OVER = ("HTTPValidationError", "ValidationError")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def complete_openapi(app: FastAPI) -> None:
    """Let the app describe itself completely; call it after all routes are there."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(plain())
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what every guarded and limited route may answer."""
    parts = schema.setdefault("components", {})
    components = parts.setdefault("schemas", {})
    components["ProblemRecord"] = ProblemRecord.model_json_schema()
    parts.setdefault("securitySchemes", {}).pop(ANYBODY_SCHEME, None)
    for method, operation in _operations(schema):
        answers = operation["responses"]
        for status, answer in problem_answers(*_statuses(method, operation)).items():
            answers[str(status)] = answer
        operation["responses"] = dict(sorted(answers.items()))
        operation["security"] = _security(operation)
    for name in LEFT_OVER:
        components.pop(name, None)
    for described in components.values():
        for shown in described.get("examples", ()):
            _fill_nulls(shown, described, components)
    return schema


def _fill_nulls(shown: Any, described: dict[str, Any], components: dict[str, Any]) -> None:
    """Put back what FastAPI takes out of examples: fields that are there, and null."""
    for part in (described, *described.get("anyOf", ())):
        whole = components[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        if isinstance(shown, list):
            for each in shown:
                _fill_nulls(each, whole.get("items", {}), components)
        elif isinstance(shown, dict):
            shown |= {name: None for name in whole.get("required", ()) if name not in shown}
            for name, value in shown.items():
                _fill_nulls(value, whole.get("properties", {}).get(name, {}), components)


def _security(operation: dict[str, Any]) -> list[dict[str, list[str]]]:
    return [{}, {KEY_SCHEME: []}] if _is_open(operation) else [{KEY_SCHEME: []}]


def _is_open(operation: dict[str, Any]) -> bool:
    """A key is needed unless the route says that anybody may come."""
    return bool(operation.get("security") == [{ANYBODY_SCHEME: []}])


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operations in schema["paths"].values():
        for method in METHODS:
            if method in operations:
                yield method, operations[method]


def _statuses(method: str, operation: dict[str, Any]) -> list[int]:
    """What any such route may answer besides what it says itself."""
    answers = operation["responses"]
    statuses = [401, 429]
    if not _is_open(operation):
        statuses.append(403)
    if operation.get("parameters") or operation.get("requestBody") or "422" in answers:
        statuses.append(422)
    if method.upper() not in READING:
        statuses += [400, 408, 413]
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        statuses.append(415)
    return statuses
