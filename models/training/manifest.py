"""The manifest's entry of a file that was made anew."""

import re
from pathlib import Path

from models.catalogue import PACKAGE_DIR, file_sha256

MANIFEST = PACKAGE_DIR / "manifest.toml"


def record(path: Path, manifest: Path = MANIFEST) -> None:
    """Write the file's sha256 into the entry that names it: only then is the file believed.

    Raises:
        ValueError: no entry names the file.
    """
    entry = re.compile(rf'^(file = "{re.escape(path.name)}"\n(?:.+\n)*?sha256 = )"\w*"', re.M)
    text, count = entry.subn(rf'\g<1>"{file_sha256(path)}"', manifest.read_text())
    if not count:
        raise ValueError(f"{manifest} names no {path.name}")
    manifest.write_text(text)
