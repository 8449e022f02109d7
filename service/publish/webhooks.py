"""Webhooks on their way: in order for each receiver, again and again until they are taken."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx
import structlog

from service.hosts import Network, Resolve, resolve_host
from service.publish.publisher_status import PublisherStatus
from service.publish.publishing import is_set_within
from service.publish.settings import WebhookSettings
from service.publish.signature import signed_headers
from service.publish.target import TargetRefused, checked_target
from service.publish.webhook_letters import GIVE_UP_AFTER_S, settle_site_webhooks, site_of
from service.store.errors import StoreError
from service.store.outbox import OutboxRow
from service.store.store import Store
from service.store.subscriptions import SubscriptionRow
from service.timestamps import NS_PER_S, seconds_to_ns
from streams.backoff import Backoff

LOOK_S = 0.3  # how often the outbox is looked at
ANSWER_WITHIN_S = 10.0
TAKEN_FOR_S = 3 * ANSWER_WITHIN_S  # then another service may send what this one did not note
AT_ONCE = 20  # receivers that are sent to at the same time
BACKOFF = Backoff(first_s=1.0, limit_s=300.0)
"""A receiver that is away is tried for ever, every five minutes at least."""
AWAY_S = 2.0  # until a database that is away is asked again


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one try."""

    status_code: int | None
    error: str | None
    took_s: float

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it now."""
        return self.error is None


class WebhookPublisher:
    """Sends the letters of the outbox; the next of a receiver only once the one before is taken."""

    def __init__(
        self,
        store: Store,
        webhooks: Mapping[str, Sequence[WebhookSettings]],
        allowed: Sequence[Network] = (),
        *,
        resolve: Resolve = resolve_host,
        clock_ns: Callable[[], int] = time.time_ns,
        backoff: Backoff = BACKOFF,
    ) -> None:
        """Over a store; `webhooks` are those of the site files, by site_id."""
        self._store = store
        self._webhooks = webhooks
        self._allowed = tuple(allowed)
        self._resolve = resolve
        # A name may be looked up for many seconds: not in the threads that ask the database.
        self._lookups = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook look-up")
        self._clock_ns = clock_ns
        self._backoff = backoff
        self._random = random.SystemRandom()
        self._status = PublisherStatus("webhooks", reason="not begun yet")
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._log = structlog.get_logger()

    def __eq__(self, other: object) -> bool:
        """Whether the other would do the same."""
        return isinstance(other, WebhookPublisher) and self._work == other._work

    def __hash__(self) -> int:
        return hash(self._allowed)

    @property
    def _work(self) -> tuple[object, ...]:
        return (self._webhooks, self._allowed, id(self._store))

    @property
    def status(self) -> PublisherStatus:
        """How it is doing; from any thread."""
        return self._status

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until told to stop; what is under way then is finished or sent again later."""
        limits = httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=AT_ONCE)
        timeout = httpx.Timeout(ANSWER_WITHIN_S)
        is_settled = False
        async with httpx.AsyncClient(
            limits=limits, timeout=timeout, follow_redirects=False, trust_env=False
        ) as client:
            while not stopping.is_set():
                try:
                    if not is_settled:
                        now_ns = self._clock_ns()
                        await asyncio.to_thread(
                            settle_site_webhooks, self._store, self._webhooks, now_ns
                        )
                        is_settled = True
                    await self._look(client, stopping)
                except StoreError as away:
                    self._status = replace(self._status, is_connected=False, reason=str(away))
                    await is_set_within(stopping, AWAY_S)
                    continue
                await is_set_within(stopping, LOOK_S)
            await self._finish()

    async def _look(self, client: httpx.AsyncClient, stopping: asyncio.Event) -> None:
        """Begin with every receiver for whom something is due and nothing is under way."""
        outbox, now_ns = self._store.outbox, self._clock_ns()
        depths = await asyncio.to_thread(outbox.depths)
        heads = await asyncio.to_thread(outbox.heads, now_ns, 10 * AT_ONCE) if depths else []
        self._status = replace(
            self._status, is_connected=True, reason="", waiting=sum(depths.values())
        )
        self._under_way = {name: task for name, task in self._under_way.items() if not task.done()}
        for head in heads:
            name = head.subscription_id
            if name not in self._under_way and len(self._under_way) < AT_ONCE:
                task = asyncio.create_task(self._send_all(client, name, stopping))
                self._under_way[name] = task

    async def _finish(self) -> None:
        """Let what is under way end; `Publishing` cancels what takes too long."""
        try:
            await asyncio.gather(*self._under_way.values())
        finally:
            for task in self._under_way.values():
                task.cancel()
            self._status = replace(self._status, is_connected=False, reason="stopped")

    async def _send_all(
        self, client: httpx.AsyncClient, subscription_id: str, stopping: asyncio.Event
    ) -> None:
        """Send one receiver's letters in order, until one is not taken."""
        try:
            while not stopping.is_set():
                following = await asyncio.to_thread(self._next, subscription_id)
                if following is None or not await self._send(client, *following):
                    return
        except StoreError as away:  # what was taken but not noted is sent once more
            self._log.warning("webhook not noted", webhook=subscription_id, reason=str(away))

    def _next(self, subscription_id: str) -> tuple[SubscriptionRow, OutboxRow] | None:
        """A receiver and its next letter; None where it is gone or paused, or nothing is due.

        What stands in the file of a site that another service serves is sent by that one.
        """
        receiver = self._store.subscriptions.get(subscription_id)
        if receiver is None or receiver.is_paused:
            return None
        if site_of(receiver) not in (None, *self._webhooks):
            return None
        outbox, now_ns = self._store.outbox, self._clock_ns()
        letters = outbox.waiting(subscription_id, 1)
        if not letters or letters[0].due_ns > now_ns:
            return None
        is_ours = outbox.take(letters[0], now_ns + seconds_to_ns(TAKEN_FOR_S))
        return (receiver, letters[0]) if is_ours else None

    async def _send(
        self, client: httpx.AsyncClient, receiver: SubscriptionRow, letter: OutboxRow
    ) -> bool:
        """Try once, and note what became of it."""
        attempt = await self._try(client, receiver, letter)
        await asyncio.to_thread(self._note, letter, attempt)
        status = self._status
        if attempt.is_taken:
            self._status = replace(status, sent=status.sent + 1)
            return True
        self._status = replace(status, failures=status.failures + 1)
        self._log.warning(
            "webhook not taken",
            webhook=letter.subscription_id,
            event_key=letter.event_key,
            attempt=letter.attempts + 1,
            reason=attempt.error,
        )
        return False

    async def _try(
        self, client: httpx.AsyncClient, receiver: SubscriptionRow, letter: OutboxRow
    ) -> Attempt:
        began_s = time.monotonic()
        status_code, error = None, None
        timestamp_s = self._clock_ns() // NS_PER_S
        try:
            headers = signed_headers(receiver.secret, letter.event_key, timestamp_s, letter.body)
            target = await asyncio.get_running_loop().run_in_executor(
                self._lookups, checked_target, receiver.url, self._allowed, self._resolve
            )
            async with (
                asyncio.timeout(ANSWER_WITHIN_S),
                client.stream(
                    "POST",
                    target.url,
                    content=letter.body.encode(),
                    headers={
                        **headers,
                        "Host": target.host,
                        "Content-Type": "application/cloudevents+json",
                        "User-Agent": "Wayside",
                    },
                    extensions={"sni_hostname": target.server_name},
                ) as answer,
            ):
                status_code = answer.status_code
                if not answer.is_success:  # a redirection is not followed: it was not checked
                    error = f"answered {status_code}"
        except TargetRefused as refused:
            error = str(refused)
        except TimeoutError:
            error = f"no answer within {ANSWER_WITHIN_S:g} s"
        except Exception as failure:  # noqa: BLE001  whatever it is, it is told and tried later
            error = str(failure) or type(failure).__name__
        return Attempt(status_code, error, time.monotonic() - began_s)

    def _note(self, letter: OutboxRow, attempt: Attempt) -> None:
        now_ns = self._clock_ns()
        is_given_up = now_ns - letter.created_ns > GIVE_UP_AFTER_S * NS_PER_S
        error = attempt.error
        if error is not None and is_given_up:
            error = f"{error}; given up, for it is older than three days"
        self._store.deliveries.add(
            letter.subscription_id,
            letter.event_key,
            at_ns=now_ns,
            attempt=letter.attempts + 1,
            status_code=attempt.status_code,
            error=error,
            took_s=attempt.took_s,
        )
        if attempt.is_taken or is_given_up:
            self._store.outbox.remove(letter.id)
        else:
            delay_s = self._backoff.delay_s(letter.attempts + 1, self._random)
            self._store.outbox.postpone(letter.id, now_ns + seconds_to_ns(delay_s), error or "")
