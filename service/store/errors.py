"""What can go wrong with the store.

StoreError
├── StoreAway        the database cannot be reached or written now; it may come back by itself
├── StoreRefused     it cannot be used as it is: wrong address, missing driver, newer schema
└── StoreConflict    somebody else changed it meanwhile
"""

from service.errors import ServiceError


class StoreError(ServiceError):
    """Something about the database; the message is one sentence a user can act on."""


class StoreAway(StoreError):
    """The database cannot be reached or written now; it may come back by itself."""


class StoreRefused(StoreError):
    """The database cannot be used as it is, and waiting does not help."""


class StoreConflict(StoreError):
    """Somebody else changed meanwhile what was to be changed; nothing was kept."""
