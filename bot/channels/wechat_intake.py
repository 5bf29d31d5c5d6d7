"""WeChat's door: what it brings is kept, and the answer goes back in the same request if in time.

WeChat waits five seconds and asks three times (handbook: platforms 3.2). What is not answered
by then is told ``success``, and the answer goes another way, which costs one of the few
messages a person may be sent.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.tencent_door import Hook, body_of, refused
from bot.channels.wechat_gate import BadCallback, Gate, Letter
from bot.channels.wechat_read import CHANNEL, Said, at, consents, received, visit
from domain.conversation import Address
from storage.delivery import Received
from storage.ids import Clock
from storage.uow import Storage

log = structlog.get_logger()

IN_TIME = 4.5  # seconds of WeChat's five
REMEMBERED = 20.0  # seconds for which WeChat may ask once more for the same answer
FOR_THE_ANSWER = 2  # messages left for what is answered beside what waited for this visit

Accept = Callable[[Sequence[Received]], Awaitable[None]]


@dataclass
class Door:
    """One update whose request is open, or was a moment ago."""

    chat: str
    opened: float
    answer: asyncio.Future[str | None] = field(default_factory=asyncio.Future)


class Doors:
    """Which requests wait for an answer, by update and by the person who wrote."""

    def __init__(self) -> None:
        self._by_update: dict[str, Door] = {}
        self._waiting: dict[str, deque[Door]] = {}

    def known(self, update: str) -> Door | None:
        return self._by_update.get(update)

    def open(self, update: str, chat: str) -> Door:
        now = asyncio.get_running_loop().time()
        self._forget(now - REMEMBERED)
        door = self._by_update[update] = Door(chat, now)
        self._waiting.setdefault(chat, deque()).append(door)
        return door

    def waits(self, chat: str) -> bool:
        return chat in self._waiting

    def answer(self, chat: str, text: str) -> bool:
        """Hand the text to the request that has waited longest; False where none waits."""
        if not self.waits(chat):
            return False
        self._leave(self._waiting[chat][0], text)
        return True

    async def answered(self, door: Door, patience: float) -> str | None:
        """The answer as soon as it is there; None once that has taken too long."""
        try:
            await asyncio.wait({door.answer}, timeout=max(patience, 0))
        finally:  # also where the request is cut: an answer in it would be read by nobody
            if not door.answer.done():
                self._leave(door, None)
        return door.answer.result()

    def give_up(self, update: str) -> None:
        """It was not kept: let WeChat bring it again."""
        door = self._by_update.pop(update, None)
        if door and not door.answer.done():
            self._leave(door, None)

    def _leave(self, door: Door, answer: str | None) -> None:
        door.answer.set_result(answer)
        self._waiting[door.chat].remove(door)
        if not self._waiting[door.chat]:
            del self._waiting[door.chat]

    def _forget(self, before: float) -> None:
        while self._by_update:
            oldest = next(iter(self._by_update))
            if self._by_update[oldest].opened >= before:
                return
            del self._by_update[oldest]


class Webhook(Hook):
    """``wake`` is told when something that was held may leave; ``in_time`` is in seconds."""

    def __init__(
        self, gate: Gate, doors: Doors, storage: Storage, accept: Accept, clock: Clock,
        wake: Callable[[], None], in_time: float = IN_TIME,
    ) -> None:  # fmt: skip
        super().__init__(CHANNEL, gate)
        self._doors = doors
        self._storage = storage
        self._accept = accept
        self._clock = clock
        self._wake = wake
        self._in_time = in_time

    async def receive(self, request: Request) -> Response:
        began = asyncio.get_running_loop().time()
        try:
            letter = self._gate.open(request.query_params, await body_of(request))
        except BadCallback as why:
            return refused(CHANNEL, why)
        try:
            door = await self._kept(letter)
        except Exception as error:
            log.error("wechat update could not be kept", why=type(error).__name__)
            return Response(status_code=503)
        if door is None:
            return _success()
        left = began + self._in_time - asyncio.get_running_loop().time()
        text = await self._doors.answered(door, left)
        response = _success()
        if text is not None:
            nonce = request.query_params.get("nonce", "")
            reply = self._gate.reply(letter, text, nonce)
            response = Response(reply, media_type="application/xml")
        response.background = BackgroundTask(self._release, letter["FromUserName"])
        return response

    async def _kept(self, letter: Letter) -> Door | None:
        """Keep an update and open its door; a repeated one finds the door that it had.

        It is kept once more then: whether the first request will keep it is not known yet.
        """
        update, kind, person = received(letter), visit(letter), letter["FromUserName"]
        if kind is None:
            await self._note_consents(letter)
            await self._accept([update])
            return None
        door = self._doors.known(update.update_id) or self._doors.open(update.update_id, person)
        try:
            came = at(letter, self._clock())
            async with self._storage.begin() as uow:
                who = Address(CHANNEL, person)
                await uow.platforms.visited(who, kind.kind, came, came + kind.lasts, kind.messages)
            await self._accept([update])
        except BaseException:
            self._doors.give_up(update.update_id)
            raise
        return door

    async def _note_consents(self, letter: Letter) -> None:
        """What was said of the notices that we may send; said again, it changes nothing."""
        said, who = dict(consents(letter)), Address(CHANNEL, letter["FromUserName"])
        if not said:
            return
        came = at(letter, self._clock())
        async with self._storage.begin() as uow:
            for template, what in said.items():
                if what is Said.WITHDRAWN:
                    await uow.platforms.withdrawn(who, template, came)
                else:
                    await uow.platforms.agreed(who, template, came)
            if Said.FAILED in said.values():
                log.warning("wechat: a notice has not arrived")
                await uow.delivery.untold(who)

    async def _release(self, person: str) -> None:
        """What was held for this visit may leave now, as far as the answer leaves room."""
        who, now = Address(CHANNEL, person), self._clock()
        try:
            async with self._storage.begin() as uow:
                room = await uow.platforms.left(who, now) - FOR_THE_ANSWER
                released = await uow.delivery.release(who, room, now) if room > 0 else 0
        except Exception as error:
            log.error("held messages not looked at", why=type(error).__name__)
            return
        if released:
            self._wake()


def _success() -> Response:
    return Response("success", media_type="text/plain")
