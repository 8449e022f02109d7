"""`wayside demo`: the bundled clips played as live cameras."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from models.precision import Precision
from service.cli.options import Host, ModelName, Port, Threads
from service.cli.serve import looping, serve_sites
from service.errors import MisuseError, ServeError
from service.live.keeping import open_store
from service.site.site_file import load_site

CLIPS_DIR = Path(__file__).resolve().parents[2] / "sample_videos"
SUFFIX = ".site.yaml"
PLAYED = ("lot_day", "lot_dusk", "tram_crossing")  # as many as two cores can play


def demo(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME…]", help="Clips to play; two lots and a tram by default."),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    model: ModelName = None,
    threads: Threads = 1,
) -> None:
    """Play the bundled clips as live cameras, looping, and serve API and pages."""
    paths = bundled_sites(names or ())
    with TemporaryDirectory(prefix="wayside-demo-") as folder:
        store = open_store(str(Path(folder) / "demo.sqlite"))
        serve_sites(
            lambda: [looping(load_site(path)) for path in paths],
            host,
            port,
            model,
            threads,
            Precision.AUTO,
            store,
        )


def bundled_sites(names: Sequence[str], folder: Path = CLIPS_DIR) -> list[Path]:
    """Site files of the named clips, or of those played by default.

    Raises MisuseError for a name that is not there, ServeError where there are no clips at all.
    """
    found = {path.name.removesuffix(SUFFIX): path for path in sorted(folder.glob(f"*{SUFFIX}"))}
    if not found:
        raise ServeError(
            f"the demo plays the clips of a source checkout, but {folder} holds no *{SUFFIX}:"
            " clone the repository and run make demo there"
        )
    unknown = [name for name in names if name not in found]
    if unknown:
        raise MisuseError(f"there is no clip {unknown[0]!r}; there are {', '.join(found)}")
    return [found[name] for name in names or PLAYED if name in found] or list(found.values())[:1]
