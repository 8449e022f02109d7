"""Logs as JSON lines on standard error, without credentials."""

import logging
import os
import sys
from collections.abc import Mapping

import structlog
from structlog.typing import EventDict, WrappedLogger

from service.access.keys import hide_keys
from service.errors import MisuseError
from streams.urls import redact_text

LEVEL = "WAYSIDE_LOG_LEVEL"
REFUSED_SOCKET = "ASGI callable returned without completing handshake."
"""What uvicorn calls an error of ours; that the socket was refused, and why, it has said before."""
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def log_level(environment: Mapping[str, str] = os.environ) -> int:
    """How much is told, by WAYSIDE_LOG_LEVEL; raises MisuseError for a level that is none."""
    named = environment.get(LEVEL, "info").lower()
    if named not in LEVELS:
        raise MisuseError(f"{LEVEL}: wanted one of {', '.join(LEVELS)}, got {named!r}")
    return LEVELS[named]


def set_up_logs(level: int = logging.INFO) -> None:
    """Send our own and every library's log lines through one JSON writer."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_credentials,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                hide_credentials,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore"):  # a line per message would drown ours
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_not_of_a_refused_socket)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _is_not_of_a_refused_socket(record: logging.LogRecord) -> bool:
    return record.getMessage() != REFUSED_SOCKET


def hide_credentials(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide keys of the service, and user, password and tokens of every address in a log line."""
    return {
        key: hide_keys(redact_text(value)) if isinstance(value, str) else value
        for key, value in event.items()
    }
