"""The web side in one ASGI application: the chat, the demo page, and what others bring.

Put together by ``bot.app``; it never sends, decides or starts anything itself.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route

from domain.community import Community
from storage.ids import Clock
from storage.uow import Storage
from texts import Texts, plain
from web.chat import Chat
from web.desk import Accept, Desk
from web.entrance import Entrance, Login
from web.guard import Pace, Refused, SafeHeaders
from web.identity import CookieDoor, OpenDoor
from web.pages import STATIC, DemoPane, Static, demo_page
from web.sheet_view import refused
from web.sheets import Sheets
from web.streams import Notifier

log = structlog.get_logger()

OF_ONE_ADDRESS = 120  # a minute: a whole building may share one
SHEETS = ("/me", "/s/", "/receipt")


def create(
    storage: Storage,
    accept: Accept,
    texts: Texts,
    community: Community,
    clock: Clock,
    *,
    notifier: Notifier,
    demo: Sequence[DemoPane] = (),
    extra_routes: Sequence[BaseRoute] = (),
    login: Login | None = None,
    secure: bool,
) -> Starlette:
    """The application. ``secure``: visitors come by https, and the cookie insists on it.

    ``accept`` keeps updates as ``Intake.accept`` does. ``notifier`` is the one that the web
    chat's channel wakes; close it before the server stops, or open pages keep it waiting.
    """
    desk = Desk(storage, accept, texts, community, clock, notifier, Pace(clock))
    door = CookieDoor(storage.vault.session_key, secure)
    refuse = _refusals(desk)
    return Starlette(
        routes=[
            *(_demo(desk, demo) if demo else [Route("/", _to_chat)]),
            Mount("/chat", routes=Chat(desk, door).routes()),
            *Sheets(desk, Entrance(desk, Pace(clock, OF_ONE_ADDRESS), login, secure)).routes(),
            *extra_routes,
        ],
        middleware=[Middleware(SafeHeaders)],
        # An OSError is a database that does not even let us in.
        exception_handlers={Refused: refuse, SQLAlchemyError: refuse, OSError: refuse},
    )


def _demo(desk: Desk, panes: Sequence[DemoPane]) -> list[BaseRoute]:
    async def page(request: Request) -> Response:
        asked = request.query_params.get("language", "")
        language = asked if asked in desk.community.languages else desk.community.language
        return HTMLResponse(demo_page(desk.texts, desk.community, panes, language))

    phones = [
        Mount(f"/demo/{pane.who}", routes=Chat(desk, OpenDoor(pane.chat)).routes())
        for pane in panes
    ]
    return [Route("/", page), Mount("/static", Static(directory=STATIC)), *phones]


async def _to_chat(request: Request) -> Response:
    return RedirectResponse("chat/")


def _refusals(desk: Desk) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Every refusal and failure becomes a status, a word for the page and a sentence."""

    async def refuse(request: Request, error: Exception) -> Response:
        if not isinstance(error, Refused):
            log.warning("web request waits for the database", why=type(error).__name__)
            error = Refused(503, "unavailable", wait=5)
        key = f"web.error.{error.error}"
        sentence = plain(desk.texts.say(desk.language(request), key, {}))
        headers = {"retry-after": str(error.wait)} if error.wait else None
        if request.url.path.startswith(SHEETS):
            return refused(desk.view_in(desk.language(request)), sentence, error.status, headers)
        if "text/html" in request.headers.get("accept", ""):
            return PlainTextResponse(sentence, error.status, headers)
        answer = {"error": error.error, "say": sentence}
        return JSONResponse(answer, error.status, headers)

    return refuse
