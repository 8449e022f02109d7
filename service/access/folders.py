"""Names of files that come with requests, kept within their folder."""

from pathlib import Path, PurePosixPath

from service.routes.problems import Problem


def inside(folder: Path, name: str) -> Path:
    """The existing file or folder `name` within `folder`, links followed.

    Raises a Problem 404 for a name that leads out of the folder, and for one that is not there:
    nobody learns which of both it was.
    """
    missing = Problem(404, f"there is no file {name!r}")
    relative = PurePosixPath(name)
    if "\0" in name or "\\" in name or relative.is_absolute() or ".." in relative.parts:
        raise missing
    root = folder.resolve()
    try:
        path = (root / relative).resolve(strict=True)
    except (OSError, RuntimeError):
        raise missing from None
    if path == root or not path.is_relative_to(root):
        raise missing
    return path
