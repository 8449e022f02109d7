"""What the store does by itself now and then: keep what waits, count hours, let old rows go."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from service.site.site import Site
from service.site.time_zone import zone_of
from service.store.ageing import retain_service, retain_site
from service.store.database import CANNOT_BE_KEPT
from service.store.errors import StoreError
from service.store.interruption import keep_removal
from service.store.kept_retention import keep_retention, kept_retention
from service.store.store import Store

EVERY_S = 300.0
RETAIN_EVERY_S = 6 * 3600.0
FIRST_AFTER_S = 20.0  # the start belongs to the cameras


class Upkeep:
    """One thread beside the writer's; a database that is away is tried again the next time."""

    def __init__(
        self,
        store: Store,
        sites: Callable[[], Sequence[Site]],
        *,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._store = store
        self._sites = sites
        self._clock_ns = clock_ns
        self._log = structlog.get_logger()
        self._stopping = threading.Event()
        self._retained_s = float("-inf")
        self._told = ""
        self._thread = threading.Thread(target=self._run, name="store upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End; what is under way is left to the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def run_once(self) -> None:
        """Keep what waits, count what is over, let old rows go now and then.

        What fails is logged, once for the same reason, and tried again the next time; it holds up
        nothing else. Spots that a layout no longer has are no longer counted.
        """
        self._told = ""
        self._is_done(self._store.put_waiting)
        for site in self._sites():
            self._is_done(partial(self._count, site))
        if time.monotonic() - self._retained_s >= RETAIN_EVERY_S:
            done = [self._is_done(partial(self._retain, site)) for site in self._sites()]
            done += [self._is_done(part) for part in (self._retain_removed, self._retain_service)]
            if all(done):
                self._retained_s = time.monotonic()

    def _is_done(self, part: Callable[[], None]) -> bool:
        try:
            part()
        except (StoreError, *CANNOT_BE_KEPT) as error:
            reason = str(error).partition("\n")[0]
            if reason != self._told:
                self._log.warning("upkeep of the store put off", reason=reason)
            self._told = reason
            return False
        return True

    def _count(self, site: Site) -> None:
        spot_ids = {spot.spot_id for _, spot in site.spots()}
        with self._store.database.writing() as connection:
            keep_removal(connection, site.site_id, spot_ids, self._clock_ns())
            keep_retention(connection, site.site_id, site.retention)
        self._store.usage.count(site.site_id, zone_of(site.time_zone), self._clock_ns())

    def _retain(self, site: Site) -> None:
        retain_site(self._store.database, site.site_id, site.retention, self._clock_ns())

    def _retain_removed(self) -> None:
        """Sites that are no longer served, as their files said last; else nothing of them goes."""
        database = self._store.database
        for site_id in self._store.served_sites().keys() - {site.site_id for site in self._sites()}:
            retention = kept_retention(database, site_id)
            if retention is not None:
                retain_site(database, site_id, retention, self._clock_ns())

    def _retain_service(self) -> None:
        retain_service(self._store.database, self._clock_ns())

    def _run(self) -> None:
        wait_s = FIRST_AFTER_S
        while not self._stopping.wait(wait_s):
            wait_s = EVERY_S
            self.run_once()
