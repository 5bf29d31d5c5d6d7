"""Who is at a page: by a signed link and a number from the chat, or by the platform they are in.

A link is passed on easily, so it only opens what everybody may read, and nothing of the person
it was sent to. To be that person takes the number that the bot sends to their chat.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.conversation import Address
from domain.pages import LASTS, PLACE, Kind, Pass, is_number, issued, opened
from handlers.pages import SendNumber
from web.desk import Desk
from web.forms import digits, fields
from web.guard import Pace, Refused, address_of, from_our_page
from web.pressed import Pressed
from web.sheet_view import Number, Page, note, rendered
from web.view import View

COOKIES = {kind: f"linli-{kind}" for kind in Kind}
TRIES = 10  # numbers typed wrong for one person in a day
ID = re.compile(r"[0-9a-f]{32}")


class Login(Protocol):
    """A platform whose own browser can tell us who holds it."""

    def is_there(self, agent: str) -> bool:
        """Whether this browser is the platform's own."""

    def way(self, state: str) -> str:
        """The address that leads there and back again, with the state and a code."""

    async def who(self, code: str) -> Address | None:
        """None for a code that is good for nothing. Raises Refused when it cannot be asked."""


@dataclass(frozen=True)
class Entrance:
    desk: Desk
    pace: Pace  # by the address of who asks, known or not
    login: Login | None
    secure: bool

    @property
    def _key(self) -> bytes:
        return self.desk.storage.vault.page_key

    def check_pace(self, request: Request) -> None:
        self.pace.check(address_of(request))

    # --- cookies

    def holder(self, request: Request, kind: Kind = Kind.SESSION) -> Pass | None:
        return self._opened(kind, request.cookies.get(COOKIES[kind], ""))

    def _opened(self, kind: Kind, written: str) -> Pass | None:
        return opened(self._key, kind, written, self.desk.clock())

    def _give(self, response: Response, kind: Kind, written: str) -> None:
        """Lax, since people come from other apps; what changes something is a POST of our own."""
        response.set_cookie(
            COOKIES[kind], written, max_age=int(LASTS[kind].total_seconds()), path="/",
            secure=self.secure, httponly=True, samesite="lax",
        )  # fmt: skip

    def _admit(self, person: int, place: str) -> Response:
        """From now on this browser is theirs."""
        response = RedirectResponse(f"/me/{place}", 303)
        now = self.desk.clock()
        self._give(response, Kind.SESSION, issued(self._key, Kind.SESSION, person, "", now))
        for kind in (Kind.LINK, Kind.LOGIN):
            response.delete_cookie(COOKIES[kind], path="/")
        return response

    async def leave(self, request: Request) -> Response:
        from_our_page(request)
        response = RedirectResponse("/receipt", 303)
        for name in COOKIES.values():
            response.delete_cookie(name, path="/")
        return response

    # --- by a link

    async def link(self, request: Request) -> Response:
        """Take the pass out of the address, so that it stands in no history."""
        self.check_pace(request)
        written = request.path_params["written"]
        found = self._opened(Kind.LINK, written)
        place = found.place if found else "home"
        if self.holder(request):
            return RedirectResponse(f"/me/{place}", 303)
        if self._has_login(request):
            return self.to_login(place)
        if found is None:
            raise Refused(404, "link")
        response = RedirectResponse(f"/me/{place}", 303)
        self._give(response, Kind.LINK, written)
        return response

    async def number(self, request: Request) -> Response:
        """Where it is typed in; who goes back to it is in already."""
        if self.holder(request):
            return RedirectResponse("/me", 303)
        self.guest(request)
        view = self.desk.view_in(self.desk.language(request))
        return _asking(view, view.say("sheet.sent"))

    async def send_number(self, request: Request) -> Response:
        """Ask the bot to send it, where only the person reads it."""
        from_our_page(request)
        self.check_pace(request)
        if self.holder(request):
            return RedirectResponse("/me", 303)
        guest = self.guest(request)
        form = await fields(request)
        if not ID.fullmatch(form.get("id", "")):
            raise Refused(400, "malformed")
        to = await self.account(guest.person)
        pressed = Pressed(form["id"], to.channel, to.chat, SendNumber().pack(), page=False)
        await self.desk.accept([pressed.received()])
        return RedirectResponse("/me/number", 303)

    async def confirm(self, request: Request) -> Response:
        from_our_page(request)
        self.check_pace(request)
        if self.holder(request):
            return RedirectResponse("/me", 303)
        guest = self.guest(request)
        said = digits((await fields(request)).get("number", ""))
        await self._one_try(guest.person)
        if not is_number(self._key, guest.person, said, self.desk.clock()):
            view = self.desk.view_in(self.desk.language(request))
            return _asking(view, view.say("sheet.wrong_number"), 403)
        return self._admit(guest.person, guest.place)

    def guest(self, request: Request) -> Pass:
        """Whose link was opened in this browser. Raises Refused."""
        guest = self.holder(request, Kind.LINK)
        if guest is None:
            raise Refused(404, "link")
        return guest

    async def account(self, person: int) -> Address:
        """As whom this person acts; nobody who has left. Raises Refused."""
        async with self.desk.storage.read() as uow:
            found = await uow.pages.account(person)
        if found is None:
            raise Refused(404, "link")
        return found

    async def _one_try(self, person: int) -> None:
        """Kept in the database, so that a restart forgives nobody. Raises Refused."""
        now = self.desk.clock()
        async with self.desk.storage.begin() as uow:
            for n in range(TRIES):
                key = f"page:{person}:{now:%Y%m%d}:try:{n}"
                if await uow.delivery.first_time(key, now):
                    return
        raise Refused(429, "tries", wait=3600)

    # --- by the platform

    def _has_login(self, request: Request) -> bool:
        agent = request.headers.get("user-agent", "")
        return self.login is not None and self.login.is_there(agent)

    def stranger(self, request: Request, place: str) -> Response:
        """Somebody we do not know: the platform is asked, where there is one. Raises Refused."""
        if self._has_login(request):
            return self.to_login(place)
        raise Refused(401, "how_to_enter")

    def to_login(self, place: str) -> Response:
        """The state comes back only to the browser that was sent (RFC 6749, section 10.12)."""
        assert self.login is not None
        chance = secrets.randbits(63)
        state = issued(self._key, Kind.LOGIN, chance, place, self.desk.clock())
        response = RedirectResponse(self.login.way(state), 303)
        self._give(response, Kind.LOGIN, state)
        return response

    async def back(self, request: Request) -> Response:
        """The platform has sent them back, with a code that says who they are."""
        self.check_pace(request)
        query = request.query_params
        state = self._opened(Kind.LOGIN, query.get("state", ""))
        if self.login is None or state is None or state != self.holder(request, Kind.LOGIN):
            raise Refused(403, "login")
        who = await self.login.who(query.get("code", ""))
        if who is None:
            raise Refused(403, "login")
        async with self.desk.storage.read() as uow:
            person = await uow.linking.person_at(who)
        if person is None:
            raise Refused(403, "unknown")
        return self._admit(person, state.place)


def _asking(view: View, sentence: str, status: int = 200) -> Response:
    page = Page([note(sentence)], inside=False, number=Number(asked=True))
    return rendered(view, page, status)


def place_in(request: Request) -> str:
    place = request.path_params.get("place", "home")
    if not PLACE.fullmatch(place):
        raise Refused(404, "no_page")
    return str(place)
