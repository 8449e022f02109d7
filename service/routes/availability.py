"""Answers that clients ask for again and again: with an ETag, and 304 while nothing changed.

Every picture renews the times and confidences of a state without changing it. The ETag is a weak
one: it takes times to ten seconds and leaves confidences out, so that what a client keeps on a 304
is at most ten seconds older than what it would have got.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter

_VOLATILE = re.compile(
    rb'"confidence":(?:\{"type":"Property","value":)?[0-9.e-]+|(?<=T\d\d:\d\d:\d)\d\.\d+Z'
)
_ANY_LIST: TypeAdapter[list[Any]] = TypeAdapter(list[Any])
ETAG: dict[str, Any] = {
    "ETag": {
        "description": "Send it back as `If-None-Match`; 304 says that nothing changed.",
        "schema": {"type": "string"},
        "example": 'W/"5f0c2a1be6d94c77"',
    }
}
NOT_MODIFIED: dict[str, Any] = {"description": "Nothing changed since the answer with this ETag."}


def available(
    request: Request,
    records: BaseModel | Sequence[BaseModel],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The record or records as JSON, or 304 when the client has them already."""
    if isinstance(records, BaseModel):
        body = records.model_dump_json().encode()
    else:
        body = _ANY_LIST.dump_json(list(records))
    return _answer(request, body, "application/json", headers or {})


def available_json(request: Request, document: object, media_type: str) -> Response:
    """The same for a document of plain lists, dicts and values."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return _answer(request, text.encode(), media_type, {})


def _answer(request: Request, body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    shown = {"Cache-Control": "no-cache", **headers}
    shown["ETag"] = etag = _etag(body, shown.get("Link", ""))
    if _is_known(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=shown)
    return Response(body, media_type=media_type, headers=shown)


def _etag(body: bytes, link: str) -> str:
    stable = _VOLATILE.sub(b"", body) + link.encode()
    return f'W/"{hashlib.sha256(stable).hexdigest()[:16]}"'


def _is_known(known: str, etag: str) -> bool:
    """Whether If-None-Match names this ETag, by weak comparison."""
    names = {each.strip().removeprefix("W/") for each in known.split(",")}
    return "*" in names or etag.removeprefix("W/") in names
