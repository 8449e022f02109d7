"""A database that comes later than the service: what waited for it is done once it is there."""

import threading

import structlog

from service.live.hub import Hub
from service.live.keeping import restore
from service.site.saved_layouts import SavedSites
from service.station import Station
from service.store.errors import StoreError
from service.store.store import Store

LOOK_S = 1.0


class Arrival:
    """Looks for the database for as long as the sites were read without it.

    Then the last states come back, and the sites are read anew with the layouts saved there. The
    schema, the changes that wait and the keys see to themselves.
    """

    def __init__(self, sites: SavedSites, station: Station, hub: Hub, store: Store) -> None:
        self._sites, self._station = sites, station
        self._hub, self._store = hub, store
        self._stopping = threading.Event()
        self._refusal = ""
        self._thread = threading.Thread(target=self._run, name="database arrival", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; not waited for, since it may be connecting."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            if self._sites.are_provisional and self._is_there():
                restore(self._hub, self._store)
                self._station.try_reload()

    def _is_there(self) -> bool:
        try:
            with self._store.database.reading():
                return True
        except StoreError as error:
            if str(error) != self._refusal:
                structlog.get_logger().warning("database not there yet", reason=str(error))
            self._refusal = str(error)
            return False
