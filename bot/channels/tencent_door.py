"""What the doors of WeChat and WeCom share: a body of bounded size, and the one refusal."""

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.wechat_gate import BODY_BYTES, BadCallback

log = structlog.get_logger()


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
