"""What signs logins: made once, kept in a file that only the service may read."""

import os
import secrets
from pathlib import Path

from service.errors import ServeError

FILE_NAME = "session_secret"
BYTES = 32


def session_secret(folder: Path) -> bytes:
    """The secret in `folder`, made at the first call; raises ServeError when it cannot be kept."""
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write(path)
        secret = path.read_bytes()
    except OSError as error:
        raise ServeError(f"{path} cannot be used: {error.strerror}") from error
    if len(secret) != BYTES:
        raise ServeError(
            f"{path} must hold {BYTES} bytes, got {len(secret)}: delete it, and everybody logs in"
            " again"
        )
    return secret


def _write(path: Path) -> None:
    """All of it or nothing, and never a second time."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
