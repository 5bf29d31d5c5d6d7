"""Whether this process is well, for a person and for a machine: /healthz and /metrics.

Both ask the database a few bounded questions and nothing about anybody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from ipaddress import ip_address

from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot import metrics
from bot.opening import DATABASE_FAULTS, trouble
from bot.pulse import Pulse
from storage import migrate
from storage.ids import Clock
from storage.uow import Storage
from storage.watch import Queue

PATIENCE = 3.0  # seconds for the database; whoever asks gives up soon, too
UPDATE_LATE = timedelta(minutes=1)  # an update is handled within a second, normally
MESSAGE_LATE = timedelta(minutes=15)  # longer than the longest wait between two attempts
SKEW = timedelta(seconds=30)  # more than this and deadlines read wrong to people
HANDED_ON = ("x-forwarded-for", "forwarded", "x-real-ip")  # a proxy stands in between


@dataclass(frozen=True)
class Wrong:
    """One thing that is not as it should be: which, and in a few words what."""

    what: str  # database, tables, inbox, outbox, timer, door, clock
    said: str


@dataclass(frozen=True)
class Found:
    """What the database says of what waits."""

    now: datetime
    updates: Queue
    unsent: dict[tuple[str, str], Queue]

    @property
    def oldest_message(self) -> datetime | None:
        return min((q.oldest for q in self.unsent.values() if q.oldest), default=None)


class Vitals:
    def __init__(self, storage: Storage, pulse: Pulse, clock: Clock, token: str = "") -> None:
        """``token`` opens the metrics to other machines; without one only this machine reads."""
        self._storage = storage
        self._pulse = pulse
        self._clock = clock
        self._token = token

    def routes(self) -> list[BaseRoute]:
        return [Route("/healthz", self._healthz), Route("/metrics", self._metrics)]

    async def wrong(self) -> list[Wrong]:
        """Everything that somebody has to look at; empty when we are well."""
        return [*await self._in_database(), *self._in_process()]

    async def _in_database(self) -> list[Wrong]:
        try:
            async with asyncio.timeout(PATIENCE):
                if await migrate.pending(self._storage.engine):
                    return [Wrong("tables", "are of another version")]
                found = await self._found()
        except TimeoutError:
            return [Wrong("database", f"does not answer within {PATIENCE:g} s")]
        except DATABASE_FAULTS as error:
            return [Wrong("database", f"cannot be used ({trouble(error)})")]
        late = (
            ("inbox", "oldest waiting update", found.updates.oldest, UPDATE_LATE),
            ("outbox", "oldest unsent message", found.oldest_message, MESSAGE_LATE),
        )
        return [
            Wrong(what, f"{name} {_seconds(found.now, since)} s")
            for what, name, since, limit in late
            if since and found.now - since > limit
        ]

    async def _found(self) -> Found:
        now = self._clock()
        async with self._storage.read() as uow:
            return Found(now, await uow.watch.updates(), await uow.watch.unsent(now))

    def _in_process(self) -> list[Wrong]:
        pulse = self._pulse
        silent = [
            Wrong(*_part(name, f"silent for {s:.0f} s")) for name, s in pulse.silent().items()
        ]
        ended = [Wrong(*_part(name, f"ended ({why})")) for name, why in pulse.ended.items()]
        off = [
            Wrong("clock", f"{offset.total_seconds():+.0f} s against {channel}")
            for channel, offset in pulse.offsets.items()
            if abs(offset) > SKEW
        ]
        return [*silent, *ended, *off]

    async def _healthz(self, request: Request) -> Response:
        """``ok``, or 503 and a line for each thing; as JSON for whoever asks for that."""
        wrong = await self.wrong()
        status = 503 if wrong else 200
        if "application/json" in request.headers.get("accept", ""):
            told = [{"what": each.what, "said": each.said} for each in wrong]
            return JSONResponse({"ok": not wrong, "wrong": told}, status)
        lines = [f"{each.what}: {each.said}" for each in wrong]
        return PlainTextResponse("\n".join(lines) or "ok", status)

    async def _metrics(self, request: Request) -> Response:
        if not self._may_read(request):
            return PlainTextResponse("a token is needed", 403)
        async with _without_database():
            self._note(await self._found())
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.REGISTRY), media_type=kind)

    def _may_read(self, request: Request) -> bool:
        """This machine, where no proxy speaks for others; or who has the token."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._token and compare_digest(given.encode(), self._token.encode()):
            return True
        proxied = any(name in request.headers for name in HANDED_ON)
        return not self._token and not proxied and _is_here(request)

    def _note(self, found: Found) -> None:
        metrics.WAITING.set(found.updates.many)
        metrics.OLDEST_UPDATE.set(_seconds(found.now, found.updates.oldest))
        metrics.OLDEST_MESSAGE.set(_seconds(found.now, found.oldest_message))
        metrics.OUTBOX.clear()
        for (channel, state), queue in found.unsent.items():
            metrics.OUTBOX.labels(channel, state).set(queue.many)
        for channel, offset in self._pulse.offsets.items():
            metrics.CLOCK.labels(channel).set(offset.total_seconds())


@asynccontextmanager
async def _without_database() -> AsyncIterator[None]:
    """What the process counts is told even while the database does not answer."""
    metrics.DATABASE.set(1)
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except (TimeoutError, *DATABASE_FAULTS):
        metrics.DATABASE.set(0)


def _part(name: str, said: str) -> tuple[str, str]:
    """A part is called ``timer hear_clocks`` or ``door telegram``."""
    what, _, which = name.partition(" ")
    return what, f"{which} {said}"


def _seconds(now: datetime, since: datetime | None) -> int:
    return max(0, round((now - since).total_seconds())) if since else 0


def _is_here(request: Request) -> bool:
    try:
        return bool(request.client and ip_address(request.client.host).is_loopback)
    except ValueError:
        return False
