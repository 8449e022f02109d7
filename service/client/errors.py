"""What can go wrong between a program and the service.

ClientError
├── ServiceAway      the service cannot be reached or did not answer in time
└── ProblemAnswer    the service answered that it cannot do this, or something else answered
    ├── NotAllowed   the key is missing, unknown or may not do this (401, 403)
    ├── NotFound     there is no such thing (404)
    └── TooMany      too many requests: wait (429)
"""

from typing import TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from service.routes.problems import ProblemRecord

T = TypeVar("T")


class ClientError(Exception):
    """The service could not be asked, or did not do what it was asked."""


class ServiceAway(ClientError):
    """The service cannot be reached or did not answer in time."""


class ProblemAnswer(ClientError):
    """The service answered with a problem, or what answered is not the service."""

    def __init__(self, problem: ProblemRecord, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem
        self.retry_after_s = retry_after_s
        """How long the service asks to wait."""


class NotAllowed(ProblemAnswer):
    """The key is missing, unknown or may not do this."""


class NotFound(ProblemAnswer):
    """There is no such thing."""


class TooMany(ProblemAnswer):
    """Too many requests: wait."""


BY_STATUS: dict[int, type[ProblemAnswer]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    429: TooMany,
}
AWAY = frozenset({502, 503, 504})  # for now: of a service that waits, or of a proxy without one


def raise_for(answer: httpx.Response) -> None:
    """Raise the ProblemAnswer that a read answer is, if it is one.

    Raises ServiceAway where a proxy says that there is no service now.
    """
    if answer.is_success:
        return
    try:
        problem = ProblemRecord.model_validate_json(answer.content)
    except ValidationError:  # from something between us and the service
        if answer.status_code in AWAY:
            away = f"{answer.status_code} {answer.reason_phrase}"
            raise ServiceAway(f"{answer.url.host} does not reach the service: {away}") from None
        moved = answer.headers.get("location")
        problem = ProblemRecord(
            title=answer.reason_phrase or "Error",
            status=answer.status_code,
            detail=f"it is at {moved}" if moved else "no problem record came with it",
            instance=answer.url.path,
        )
    wait = answer.headers.get("retry-after", "")
    kind = BY_STATUS.get(answer.status_code, ProblemAnswer)
    raise kind(problem, float(wait) if wait.isdigit() else None)


def read_as(wanted: TypeAdapter[T], content: bytes | str, path: str) -> T:
    """What came from `path` as it is described; raises ProblemAnswer where it is something else."""
    try:
        return wanted.validate_json(content)
    except ValidationError as error:
        detail = f"what came is no answer of the service: {error.errors()[0]['msg']}"
        problem = ProblemRecord(title="OK", status=200, detail=detail, instance=path)
        raise ProblemAnswer(problem) from error
