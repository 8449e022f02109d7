"""A process that serves, from its first line, which says where, until nobody asks any more."""

import contextlib
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.stamped_result import ROOT


@contextlib.contextmanager
def served(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address that the process says; its environment is ours where none is given."""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            address = re.search(r"http://[\d.:]+", first)
            assert address, f"the process did not say where it is: {first!r}"
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield address.group()
        finally:
            process.terminate()
