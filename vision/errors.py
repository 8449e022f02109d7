"""What can go wrong with what the core is given.

VisionError (a ValueError)
├── LayoutError   the spots do not fit each other or the picture
└── SettingError  a calibration, curve or threshold that cannot be meant
"""


class VisionError(ValueError):
    """The core was given something it cannot work with; the message says what came."""


class LayoutError(VisionError):
    """Spots that do not fit each other or the picture."""


class SettingError(VisionError):
    """A calibration, curve or threshold that cannot be meant."""
