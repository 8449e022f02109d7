"""What can go wrong with a network file.

ModelError
├── UnknownModel      no such name in the manifest, no such file
├── DamagedModel      the file is not the one the manifest names, or is no network
├── UnknownFamily     inputs and outputs fit no family that we decode
├── UnsuitableModel   a sound network, but not for this purpose
└── PullFailed        the download did not end well
"""


class ModelError(Exception):
    """A network cannot be used; the message says which, why, and what was wanted."""


class UnknownModel(ModelError):
    """There is no such name in the manifest and no such file."""


class DamagedModel(ModelError):
    """The file is not what the manifest says, or no ONNX network at all."""


class UnknownFamily(ModelError):
    """The network's inputs and outputs fit no family that Wayside decodes."""


class UnsuitableModel(ModelError):
    """The network is sound but not made for what was asked of it."""


class PullFailed(ModelError):
    """A download did not end well; what was fetched so far is kept and resumed."""
