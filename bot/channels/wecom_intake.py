"""WeCom's door: what it brings is kept, it is told nothing, and the answer goes as a message.

WeCom waits five seconds (handbook: platforms 3.3), and asks again where it hears nothing.
"""

from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.tencent_door import Hook, body_of, refused
from bot.channels.wechat_gate import BadCallback, Letter
from bot.channels.wechat_intake import Accept
from bot.channels.wechat_read import event
from bot.channels.wecom_gate import WeComGate
from bot.channels.wecom_read import CHANNEL, person, received
from storage.ids import Clock
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger()

CHANGEABLE = timedelta(hours=72)  # path/94945: with the code that comes with a press


class Webhook(Hook):
    def __init__(self, gate: WeComGate, storage: Storage, accept: Accept, clock: Clock) -> None:
        super().__init__(CHANNEL, gate)
        self._storage = storage
        self._accept = accept
        self._clock = clock

    async def receive(self, request: Request) -> Response:
        try:
            letter = self._gate.open(request.query_params, await body_of(request))
        except BadCallback as why:
            return refused(CHANNEL, why)
        try:
            async with self._storage.begin() as uow:
                wanted = await self._wanted(uow, letter)
            if wanted:
                await self._accept([received(letter)])
        except Exception as error:
            log.error("wecom update could not be kept", why=type(error).__name__)
            return Response(status_code=503)
        return Response()

    async def _wanted(self, uow: UnitOfWork, letter: Letter) -> bool:
        """Whether anybody has to hear of it; the code of a card is kept on the way."""
        who = person(letter)
        if (task := letter.get("TaskId")) and (code := letter.get("ResponseCode")):
            await uow.platforms.keep_code(who, task, code, self._clock() + CHANGEABLE)
        if event(letter) == "enter_agent":  # each time that somebody looks in
            visitor = await uow.residents.visitor(who, who)
            return visitor is None or visitor.private_at is None
        return True
