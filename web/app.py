"""The web side in one ASGI application: the chat, the demo page, and what others bring.

Put together by ``bot.app``; it never sends, decides or starts anything itself.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route

from domain.community import Community
from storage.ids import Clock
from storage.uow import Storage
from texts import Texts
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
NEWCOMERS = 30  # a minute from one address, who open the web chat for the first time
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
    newcomers = Pace(clock, NEWCOMERS)
    entrance = Entrance(desk, Pace(clock, OF_ONE_ADDRESS), login, secure)
    refuse = _refusals(desk, entrance)
    return Starlette(
        routes=[
            *(_demo(desk, newcomers, demo) if demo else [Route("/", _to_chat)]),
            Mount("/chat", routes=Chat(desk, door, newcomers).routes()),
            *Sheets(desk, entrance).routes(),
            *extra_routes,
        ],
        middleware=[Middleware(SafeHeaders)],
        # An OSError is a database that does not even let us in.
        exception_handlers=dict.fromkeys(
            (Refused, HTTPException, SQLAlchemyError, OSError), refuse
        ),
    )


def _demo(desk: Desk, newcomers: Pace, panes: Sequence[DemoPane]) -> list[BaseRoute]:
    async def page(request: Request) -> Response:
        asked = request.query_params.get("language", "")
        language = asked if asked in desk.community.languages else desk.community.language
        return HTMLResponse(demo_page(desk.texts, desk.community, panes, language))

    phones = [
        Mount(f"/demo/{pane.who}", routes=Chat(desk, OpenDoor(pane.chat), newcomers).routes())
        for pane in panes
    ]
    return [Route("/", page), Mount("/static", Static(directory=STATIC)), *phones]


async def _to_chat(request: Request) -> Response:
    return RedirectResponse("chat/")


def _refusals(
    desk: Desk, entrance: Entrance
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Every refusal and failure becomes a status, a word for the page and a sentence."""

    async def refuse(request: Request, error: Exception) -> Response:
        why = _refused(error)
        headers = {"retry-after": str(why.wait)} if why.wait else {}
        if isinstance(error, HTTPException):
            headers.update(error.headers or {})
        view = desk.view_in(desk.language(request))
        sentence = view.error(why.error)
        page = "text/html" in request.headers.get("accept", "")
        if page or request.url.path.startswith(SHEETS):
            inside = entrance.holder(request) is not None
            return refused(view, sentence, why.status, headers, inside=inside)
        return JSONResponse({"error": why.error, "say": sentence}, why.status, headers)

    return refuse


def _refused(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, HTTPException):  # no such address, or nothing that is done there
        return Refused(error.status_code, "no_page")
    log.warning("web request waits for the database", why=type(error).__name__)
    return Refused(503, "unavailable", wait=5)
