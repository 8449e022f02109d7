"""What can go wrong with a labelled set.

LabelledSetError   the folder is not a labelled set; the message names file and fault
"""

from service.errors import ServiceError


class LabelledSetError(ServiceError):
    """The folder does not hold the labelled set that was asked for."""
