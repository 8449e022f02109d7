"""What can be wrong with a file of outlines.

ServiceError
└── LayoutImportError   a file that holds no outlines that can be used
"""

from service.errors import ServiceError


class LayoutImportError(ServiceError):
    """The message says which file, what came and what was wanted."""
