"""Access while the service runs: keys read anew, changes written down."""

from pathlib import Path
from types import TracebackType
from typing import Self

from service.access.caller import Access
from service.access.change_log import ChangeLog, Report
from service.access.session_secret import session_secret
from service.access.settings import AccessSettings
from service.access.stored_keys import StoredKeys
from service.store.store import Store


class Doorkeeper:
    """Keys and change log over a store; use it around the time of serving."""

    def __init__(self, store: Store, settings: AccessSettings | None, folder: Path) -> None:
        """Open to everybody without `settings`; `folder` keeps what signs logins.

        Raises ServeError when that cannot be kept.
        """
        self._changes = ChangeLog(store.access_log)
        self._keys: StoredKeys | None = None
        self.access: Access | None = None
        """None where everybody may do everything."""
        if settings is not None:
            self._keys = StoredKeys(store.keys, store.standby)
            self.access = Access(
                self._keys,
                session_secret(folder),
                rates=settings.rates,
                cors_origins=settings.cors_origins,
            )

    @property
    def report(self) -> Report:
        """Takes what callers have changed."""
        return self._changes.report

    def __enter__(self) -> Self:
        self._changes.start()
        if self._keys is not None:
            self._keys.refresh()
            self._keys.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._keys is not None:
            self._keys.stop()
        self._changes.stop()
