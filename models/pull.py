"""Fetching a network from the public address in the manifest."""

from collections.abc import Callable
from pathlib import Path

import httpx

from models.catalogue import file_sha256
from models.errors import PullFailed
from models.spec import ModelSpec

TIMEOUT_S = 30.0

OnBytes = Callable[[int, int | None], None]
"""Called with the bytes here so far and in all, None where the server does not say."""


def pull(spec: ModelSpec, folder: Path, on_bytes: OnBytes = lambda _done, _total: None) -> Path:
    """The entry's file in `folder`, fetched unless it is there already.

    Bytes go to a `.part` file that a later call resumes; only a file whose sha256 is the
    manifest's takes its name. Raises PullFailed, saying what came.
    """
    target = folder / spec.file
    if target.is_file() and file_sha256(target) == spec.sha256:
        return target
    if spec.url is None:
        raise PullFailed(f"{spec.name} has no public address of its own; see {spec.origin}")
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(target.suffix + ".part")
    try:
        _fetch(spec.url, part, on_bytes)
    except httpx.HTTPError as error:
        kept = part.stat().st_size if part.exists() else 0
        raise PullFailed(
            f"{spec.name}: {spec.url} could not be fetched ({error}); "
            f"{kept} bytes are kept, call again to go on"
        ) from None
    got = file_sha256(part)
    if got != spec.sha256:
        part.unlink()
        raise PullFailed(
            f"{spec.name}: what {spec.url} gave is another file: "
            f"sha256 is {got[:12]}…, wanted {(spec.sha256 or 'none')[:12]}…"
        )
    part.replace(target)
    return target


def _fetch(url: str, part: Path, on_bytes: OnBytes) -> None:
    done = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={done}-"} if done else {}
    with httpx.stream(
        "GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT_S
    ) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is here; the sha256 decides
        response.raise_for_status()
        is_resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        if not is_resumed:
            done = 0
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        with part.open("ab" if is_resumed else "wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
                done += len(chunk)
                on_bytes(done, total)
