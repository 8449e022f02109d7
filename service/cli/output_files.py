"""What a command is about to write, looked at before its work."""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from service.errors import ClipError, MisuseError


def check_files(
    outputs: Mapping[str, Path | None], inputs: Iterable[Path], made: Collection[str] = ()
) -> None:
    """Refuse the file of an option that is also read, or another's, or that cannot be written.

    `made` are the options whose folder is made where there is none. Raises MisuseError, ClipError.
    """
    read = [each for each in inputs if each.exists()]
    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        if path.exists() and any(path.samefile(each) for each in read):
            raise MisuseError(f"{option} would overwrite {path}, which is read; name another file")
        other = taken.setdefault(path.resolve(), option)
        if other != option:
            raise MisuseError(f"{other} and {option} both want {path}; name two files")
        if path.is_dir():
            raise ClipError(f"cannot write {path}: it is a folder, wanted a file")
        if option not in made and not path.parent.is_dir():
            raise ClipError(f"cannot write {path}: there is no folder {path.parent}")
        check_folder(path.parent)


def check_folder(path: Path) -> None:
    """Raise ClipError where nothing can be written in the folder, or it cannot be made."""
    there = next(each for each in (path, *path.parents) if each.exists())
    if not there.is_dir():
        raise ClipError(f"cannot write {path}: {there} is a file, wanted a folder")
    if not os.access(there, os.W_OK):
        raise ClipError(f"cannot write {path}: permission denied")
