"""What can go wrong outside the core; each message is one sentence a user can act on.

ServiceError
├── SiteFileError      a site file cannot be read or does not hold together
├── MisuseError        the command line contradicts itself (exit code 2)
├── ClipError          a clip, expectation or output of a replay cannot be used
└── ServeError         the service cannot start where it was told to
"""


class ServiceError(Exception):
    """Something outside the core failed; the message says what came and what was wanted."""


class SiteFileError(ServiceError):
    """A site file cannot be read or does not hold together; one line per fault."""


class MisuseError(ServiceError):
    """The command line contradicts itself or leaves something open."""


class ClipError(ServiceError):
    """A clip, expectation or output of a replay cannot be used."""


class ServeError(ServiceError):
    """The service cannot start where it was told to."""
