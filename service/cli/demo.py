"""`wayside demo`: the bundled clips played as live cameras."""

from pathlib import Path

from service.cli.serve import Host, Port, Threads, looping, serve_sites
from service.errors import ServeError
from service.site_file import load_site

CLIPS = Path(__file__).resolve().parents[2] / "sample_videos"


def demo(host: Host = "127.0.0.1", port: Port = 8080, threads: Threads = 1) -> None:
    """Play the bundled clips as live cameras, looping, and serve API and pages."""
    serve_sites([looping(load_site(path)) for path in bundled_sites()], host, port, threads)


def bundled_sites(folder: Path = CLIPS) -> list[Path]:
    """The site files beside the bundled clips; raises ServeError where they are missing."""
    found = sorted(folder.glob("*.site.yaml"))
    if not found:
        raise ServeError(
            f"the demo plays the clips of a source checkout, but {folder} holds no *.site.yaml:"
            " clone the repository and run make demo there"
        )
    return found
