"""What can go wrong between a program and the service.

ClientError
├── ServiceAway      the service cannot be reached or did not answer in time
└── ProblemAnswer    the service answered that it cannot do this
    ├── NotAllowed   the key is missing, unknown or may not do this (401, 403)
    ├── NotFound     there is no such thing (404)
    └── TooMany      too many requests: wait (429)
"""

import httpx
from pydantic import ValidationError

from service.routes.problems import ProblemRecord


class ClientError(Exception):
    """The service could not be asked, or did not do what it was asked."""


class ServiceAway(ClientError):
    """The service cannot be reached or did not answer in time."""


class ProblemAnswer(ClientError):
    """The service answered with a problem."""

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


def raise_for(answer: httpx.Response) -> None:
    """Raise the ProblemAnswer that a read answer is, if it is one."""
    if answer.status_code < 400:
        return
    try:
        problem = ProblemRecord.model_validate_json(answer.content)
    except ValidationError:  # from something between us and the service
        problem = ProblemRecord(
            title=answer.reason_phrase or "Error",
            status=answer.status_code,
            detail="no problem record came with it",
            instance=answer.url.path,
        )
    wait = answer.headers.get("retry-after", "")
    kind = BY_STATUS.get(answer.status_code, ProblemAnswer)
    raise kind(problem, float(wait) if wait.isdigit() else None)
