"""What can go wrong between a camera, or a clip, and its frames.

SourceError
├── UnknownSourceError      the address is of no kind that can be read
├── SourceNotFoundError     no such file, folder, device or stream
├── NotAVideoError          it is there, but holds no pictures that can be read
├── AccessRefusedError      the camera wants another user or password
├── SourceUnreachableError  the camera does not answer
├── StalledError            the connection stands, but no picture comes
├── UndecodableError        pictures come, but none of them can be decoded
└── ConnectionLostError     the camera ended the stream

Every message is one sentence in which credentials are hidden.
"""


class SourceError(Exception):
    """A source that cannot give frames, or not any longer."""


class UnknownSourceError(SourceError):
    """The address is of no kind that can be read."""


class SourceNotFoundError(SourceError):
    """No such file, folder, device or stream."""


class NotAVideoError(SourceError):
    """It is there, but holds no pictures that can be read."""


class AccessRefusedError(SourceError):
    """The camera wants another user or password."""


class SourceUnreachableError(SourceError):
    """The camera does not answer."""


class StalledError(SourceError):
    """The connection stands, but no picture comes."""


class UndecodableError(SourceError):
    """Pictures come, but none of them can be decoded."""


class ConnectionLostError(SourceError):
    """The camera ended the stream."""
