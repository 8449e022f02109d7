"""A typed client of the API: records come back as they are described, problems as errors."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import TypeAdapter

from service.client.errors import AWAY, ProblemAnswer, ServiceAway, raise_for, read_as
from service.client.event_stream import Message, messages
from service.live.records import (
    AlertRecord,
    CameraRecord,
    EventRecord,
    LiveAlertRecord,
    LotRecord,
    SiteRecord,
    SpotRecord,
)

T = TypeVar("T")
API = "/api/v1"
PAGE = 500  # records per request of a long list
MOST_KEPT = 64  # answers kept for when the service says that nothing changed
SILENCE_S = 30.0  # a stream that is silent for so long is dead; the service speaks every 10 s
TRY_AGAIN_S = 2.0
Parameters = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Gap:
    """Events are missing here: read the states anew."""

    detail: str


class Client:
    """Asks one service; not to be shared between threads.

    Every method raises ServiceAway when the service cannot be reached, and a ProblemAnswer, such
    as NotAllowed or NotFound, when it refuses or something else answers in its place.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        timeout_s: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """For the service at `address`, such as `https://parking.example`, with a key of it."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(
            base_url=address, headers=headers, timeout=timeout_s, transport=transport
        )
        self._timeout_s = timeout_s
        self._kept: OrderedDict[str, httpx.Response] = OrderedDict()
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def sites(self) -> list[SiteRecord]:
        """Every site."""
        return self._all("/sites", SiteRecord)

    def site(self, site_id: str) -> SiteRecord:
        """One site."""
        return self._one(f"/sites/{site_id}", SiteRecord)

    def lots(self, site: str | None = None) -> list[LotRecord]:
        """Every lot with its counts."""
        return self._all("/lots", LotRecord, {"site": site})

    def lot(self, lot_id: str, site: str | None = None) -> LotRecord:
        """One lot with its count."""
        return self._one(f"/lots/{lot_id}", LotRecord, {"site": site})

    def spots(
        self,
        site: str | None = None,
        *,
        lot: str | None = None,
        camera: str | None = None,
        status: Literal["free", "occupied", "unknown", "closed"] | None = None,
    ) -> list[SpotRecord]:
        """Every spot that fits."""
        wanted = {"site": site, "lot": lot, "camera": camera, "status": status}
        return self._all("/spots", SpotRecord, wanted)

    def spot(self, spot_id: str, site: str | None = None) -> SpotRecord:
        """One spot."""
        return self._one(f"/spots/{spot_id}", SpotRecord, {"site": site})

    def cameras(self, site: str | None = None) -> list[CameraRecord]:
        """Every camera and how it is doing."""
        return self._all("/cameras", CameraRecord, {"site": site})

    def camera(self, camera_id: str, site: str | None = None) -> CameraRecord:
        """One camera."""
        return self._one(f"/cameras/{camera_id}", CameraRecord, {"site": site})

    def picture(self, camera_id: str, site: str | None = None) -> bytes:
        """A camera's newest picture as JPEG, with the results drawn in."""
        return self._get(f"/cameras/{camera_id}/picture.jpg", {"site": site}).content

    def alerts(self, site: str | None = None) -> list[AlertRecord]:
        """Every tram's display."""
        return self._all("/alerts", AlertRecord, {"site": site})

    def alert(self, camera_id: str, site: str | None = None) -> AlertRecord:
        """One tram's display."""
        return self._one(f"/alerts/{camera_id}", AlertRecord, {"site": site})

    def recent_events(self, count: int = 100, site: str | None = None) -> list[EventRecord]:
        """The last changes, oldest first."""
        answer = self._get("/events/recent", {"count": count, "site": site})
        return read_as(TypeAdapter(list[EventRecord]), answer.content, answer.url.path)

    def events(
        self,
        after_id: int | None = None,
        *,
        site: str | None = None,
        types: tuple[str, ...] = (),
    ) -> Iterator[EventRecord | Gap]:
        """Every change from now on, or from after an event, without end.

        A connection that breaks is taken up again after the last event that came, also where a
        proxy says that the service is away (502, 503, 504); where the service no longer knows
        those between, a Gap says so. A refusal is raised.
        """
        while True:
            try:
                for said in self._stream("/events", {"site": site}, types, after_id):
                    if isinstance(said, EventRecord):
                        after_id = said.id
                    yield said
            except ServiceAway:
                self._sleep(TRY_AGAIN_S)
            except ProblemAnswer as refusal:
                if refusal.problem.status not in AWAY:
                    raise
                self._sleep(refusal.retry_after_s or TRY_AGAIN_S)

    def display(self, camera_id: str, site: str | None = None) -> Iterator[LiveAlertRecord]:
        """What one tram's display is told, several times a second.

        Ends when the service does; ServiceAway where it is silent, so that nobody goes on showing
        what is no longer told.
        """
        path = f"/alerts/{camera_id}/live"
        for message in self._messages(path, {"site": site}, silence_s=1.0):
            if message.event == "alert":
                yield read_as(TypeAdapter(LiveAlertRecord), message.data, path)

    def _one(self, path: str, record: type[T], parameters: Parameters | None = None) -> T:
        answer = self._get(path, parameters or {})
        return read_as(TypeAdapter(record), answer.content, answer.url.path)

    def _all(self, path: str, record: type[T], parameters: Parameters | None = None) -> list[T]:
        """All pages of a list."""
        adapter: TypeAdapter[list[T]] = TypeAdapter(list[record])  # type: ignore[valid-type]
        answer = self._get(path, {**(parameters or {}), "limit": PAGE})
        found = read_as(adapter, answer.content, answer.url.path)
        while following := answer.links.get("next", {}).get("url"):
            answer = self._ask(following, None)
            page = read_as(adapter, answer.content, answer.url.path)
            found += page
        return found

    def _get(self, path: str, parameters: Parameters) -> httpx.Response:
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._ask(f"{API}{path}", given)

    def _ask(self, url: str, parameters: Mapping[str, Any] | None) -> httpx.Response:
        """The answer, or the one kept when the service says that nothing changed."""
        request = self._http.build_request("GET", url, params=parameters)
        name = str(request.url)
        before = self._kept.get(name)
        if before is not None:
            request.headers["If-None-Match"] = before.headers["etag"]
        try:
            answer = self._http.send(request)
        except httpx.HTTPError as error:
            raise ServiceAway(f"{self._http.base_url} does not answer: {error}") from error
        if answer.status_code == httpx.codes.NOT_MODIFIED and before is not None:
            return before
        raise_for(answer)
        if "etag" in answer.headers:
            self._kept[name] = answer
            self._kept.move_to_end(name)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return answer

    def _stream(
        self, path: str, parameters: Parameters, types: tuple[str, ...], after_id: int | None
    ) -> Iterator[EventRecord | Gap]:
        wanted: dict[str, Any] = {**parameters, "type": list(types) or None}
        headers = {} if after_id is None else {"Last-Event-ID": str(after_id)}
        for message in self._messages(path, wanted, headers):
            if message.event == "gap":
                yield Gap(read_as(TypeAdapter(dict[str, str]), message.data, path)["detail"])
            else:
                yield read_as(TypeAdapter(EventRecord), message.data, path)
        raise ServiceAway("the stream has ended")

    def _messages(
        self,
        path: str,
        parameters: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        silence_s: float = SILENCE_S,
    ) -> Iterator[Message]:
        given = {name: value for name, value in parameters.items() if value is not None}
        asked = {"Accept": "text/event-stream", **(headers or {})}
        timeout = httpx.Timeout(self._timeout_s, read=silence_s)
        try:
            with self._http.stream(
                "GET", f"{API}{path}", params=given, headers=asked, timeout=timeout
            ) as answer:
                if not answer.is_success:
                    answer.read()
                    raise_for(answer)
                yield from messages(answer.iter_lines())
        except httpx.HTTPError as error:
            raise ServiceAway(f"{self._http.base_url} does not answer: {error}") from error
