"""All that runs beside the web server: cameras and publishers, from start to end."""

import threading
from collections.abc import Callable, Sequence

import structlog

from models.errors import ModelError
from service.cameras.workers import Workers
from service.errors import ServiceError
from service.live.hub import Hub
from service.metrics.metrics import Metrics
from service.publish.publishers import publishers_of
from service.publish.publishing import Publishing
from service.site.site import Site
from service.site.site_difference import SiteDifference
from service.store.store import Store

ReadSites = Callable[[], Sequence[Site]]


class Station:
    """Cameras and publishers of the sites, which may be read anew while all runs."""

    def __init__(
        self,
        read_sites: ReadSites,
        hub: Hub,
        workers: Workers,
        metrics: Metrics,
        *,
        store: Store | None = None,
        publishing: Publishing | None = None,
    ) -> None:
        """Over what is built already; `read_sites` reads the site files, or raises."""
        self._read_sites = read_sites
        self._hub = hub
        self._workers = workers
        self._store = store
        self.publishing = publishing or Publishing()
        self.metrics = metrics
        self._reloading = threading.Lock()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Start publishers and cameras."""
        self.publishing.start()
        self._workers.start()

    def stop(self) -> None:
        """Stop both at the same time."""
        stopper = threading.Thread(target=self.publishing.stop)
        stopper.start()
        self._workers.stop()
        stopper.join()

    def reload(self) -> SiteDifference:
        """Read the site files anew and go on with them; what did not change runs on.

        Raises SiteFileError or ModelError where they cannot be used: then nothing is changed.
        """
        with self._reloading:
            sites = self._read_sites()
            publishers = publishers_of(sites, self._hub, self._store, self.publishing.publishers)
            difference = self._workers.change(sites)
            self.publishing.change(publishers)
            for site_id, camera_id in difference.removed:
                self.metrics.forget(site_id, camera_id)
        self._log.info(
            "site files read anew",
            added=_names(difference.added),
            changed=_names(difference.changed),
            removed=_names(difference.removed),
        )
        return difference

    def try_reload(self) -> None:
        """Read the site files anew; a fault is told in the log, and the old ones stay."""
        try:
            self.reload()
        except (ServiceError, ModelError) as error:
            self._log.error("site files refused; the old ones stay", reason=str(error))


def _names(keys: Sequence[tuple[str, str]]) -> list[str]:
    return ["/".join(key) for key in keys]
