"""What ends a training with one line: material that is missing or damaged, odd settings."""

from collections.abc import Iterator
from contextlib import contextmanager


class WrongSettings(ValueError):
    """A file of settings cannot be trained by; the message says which setting."""


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """End the program with the message alone where a file or a setting is at fault."""
    try:
        yield
    except (OSError, WrongSettings) as fault:
        raise SystemExit(str(fault)) from None
