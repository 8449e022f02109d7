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
    for path, method, operation in _operations(schema):
        answers = operation["responses"]
        for status, answer in problem_answers(*_statuses(path, method, operation)).items():
            answers[str(status)] = answer
        operation["responses"] = dict(sorted(answers.items()))
        operation["security"] = _security(operation.get("security", []))
    for name in LEFT_OVER:
        components.pop(name, None)
    return schema


def _security(said: list[dict[str, Any]]) -> list[dict[str, list[str]]]:
    """A key is needed unless the route says that anybody may come."""
    is_open = said == [{ANYBODY_SCHEME: []}]
    return [{}, {KEY_SCHEME: []}] if is_open else [{KEY_SCHEME: []}]


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in schema["paths"].items():
        for method in METHODS:
            if method in operations:
                yield path, method, operations[method]


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    """What any such route may answer besides what it says itself."""
    answers = operation["responses"]
    statuses = [401, 429]
    if not path.startswith("/health"):
        statuses.append(403)
    if operation.get("parameters") or operation.get("requestBody") or "422" in answers:
        statuses.append(422)
    if method.upper() not in READING:
        statuses += [400, 408, 413]
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        statuses.append(415)
    return statuses
