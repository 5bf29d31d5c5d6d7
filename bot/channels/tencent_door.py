"""What the doors of WeChat and WeCom share: the check, a body of bounded size, one refusal."""

from abc import ABC, abstractmethod

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.wechat_gate import BODY_BYTES, BadCallback, Gate

log = structlog.get_logger()


class Hook(ABC):
    """The address that the platform calls: GET to check that it is ours, POST with what is new."""

    def __init__(self, channel: str, gate: Gate) -> None:
        self._channel = channel
        self._gate = gate

    def routes(self, path: str) -> list[Route]:
        return [
            Route(path, self.check, methods=["GET"]),
            Route(path, self.receive, methods=["POST"]),
        ]

    async def check(self, request: Request) -> Response:
        """The console asks whether this address is ours."""
        try:
            return Response(self._gate.echo(request.query_params), media_type="text/plain")
        except BadCallback as why:
            return refused(self._channel, why)

    @abstractmethod
    async def receive(self, request: Request) -> Response:
        """Keep what it brings before anything is answered."""


def refused(channel: str, why: BadCallback) -> Response:
    log.warning(f"{channel} callback refused", why=str(why))
    return Response(status_code=400)


async def body_of(request: Request) -> bytes:
    """Raises BadCallback as soon as it is longer than anything the platform brings."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise BadCallback("too big")
    return body
