"""Why the input of a request was not taken, as a sentence that never repeats what may be secret."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import ValidationException

from service.access.keys import hide_keys
from streams.urls import redact_text

LONGEST_VALUE = 60  # characters of a refused value that are told
SECRET_NAMES = ("key", "secret", "password", "token", "url", "source")
BODY_UNREAD = "There was an error parsing the body"
"""What the framework says of every body that its JSON reader stumbles over."""


def refused_input(error: ValidationException, content_type: str | None) -> tuple[int, str]:
    """The status and the sentence for parameters or a body that do not fit."""
    faults = error.errors()
    body = getattr(error, "body", None)  # a WebSocket has none
    if not any(each["loc"][0] == "body" for each in faults) or isinstance(body, dict):
        return 422, "; ".join(map(_fault, faults))
    first = faults[0]
    if first["type"] == "json_invalid":
        place = f"{first['ctx']['error']} at character {first['loc'][-1]}"
        return 422, f"body: wanted JSON, got a text that is none: {place}"
    if isinstance(body, bytes):
        kind = "no Content-Type" if content_type is None else shown_value(content_type)
        return 415, f"body: wanted JSON as Content-Type: application/json, got {kind}"
    return 422, f"body: wanted a JSON object, got {_kind(body)}"


def unread_body(cause: BaseException | None) -> str:
    """The sentence for a body that could not even be parsed."""
    if isinstance(cause, RecursionError):
        return "body: wanted JSON, got brackets nested too deeply"
    if isinstance(cause, UnicodeDecodeError):
        return "body: wanted JSON in UTF-8, got other bytes"
    if isinstance(cause, ValueError):
        return "body: wanted JSON, got a number with too many digits"
    return "body: wanted JSON, got what cannot be read"


def shown_value(value: str | float) -> str:
    """What came, cut short and without secrets."""
    shown = redact_text(hide_keys(repr(value)))
    return f"{shown[:LONGEST_VALUE]}…" if len(shown) > LONGEST_VALUE else shown


def _kind(body: object) -> str:
    kinds = {list: "an array", str: "a text", bool: "a truth value", int: "a number"}
    return {**kinds, float: "a number"}.get(type(body), "nothing")


def _fault(error: Mapping[str, Any]) -> str:
    """One refused value as a sentence."""
    place: Sequence[int | str] = error["loc"][1:]
    sentence = f"{'.'.join(map(str, place)) or 'body'}: {error['msg']}"
    value = error.get("input")
    is_secret = bool(place) and str(place[-1]).lower() in SECRET_NAMES
    if is_secret or not isinstance(value, str | int | float | bool):
        return sentence
    return f"{sentence}, got {shown_value(value)}"
