"""The resident pages: matters, cases, one's own votes, the check of a receipt. Plain forms alone.

What is looked at is read as the chat would say it; what is pressed goes through the inbox.
"""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from casework import pages
from casework.actions import Mine, Progress
from casework.matter_actions import ShowMatter, ShowMatters, ShowVotes
from casework.record_actions import TakeReceipt
from domain.conversation import LARGEST, MOST_DIGITS, Action, Address, Inbound, Say
from domain.pages import LASTS, Kind
from domain.residents import Person
from handlers.routes import ROUTES
from handlers.turn import Turn
from storage.uow import UnitOfWork
from web.desk import Desk
from web.entrance import ID, Entrance, place_in
from web.forms import TEXT_CHARACTERS, digits, fields
from web.guard import Refused, address_of, from_our_page
from web.pages import STATIC, Static
from web.pressed import Pressed
from web.sheet_view import Number, Page, note, parts, rendered

PATIENCE = 5.0  # seconds for a press to be handled before the page says that it will be
FIRST_LOOK, LAST_LOOK = 0.01, 0.2  # seconds between looks, each twice as long as before
TWICE = timedelta(minutes=1)  # within this the same button is the same press
LISTS: dict[str, tuple[Action, ...]] = {
    pages.HOME: (ShowMatters(), Mine()),
    pages.MATTERS: (ShowMatters(),),
    pages.CASES: (Mine(),),
    pages.VOTES: (ShowVotes(),),
}
BY_NUMBER: dict[str, Callable[[int], Action]] = {"m": ShowMatter, "t": Progress}
NUMBERED = re.compile(r"(?P<letter>[mt])(?P<number>\d{1,12})")
UNKNOWN = frozenset({"matters.unknown", "tickets.unknown"})
NOBODY = Address(pages.CHANNEL, "")


@dataclass(frozen=True)
class Visit:
    """Somebody known, and the account in whose name they press."""

    address: Address
    person: Person

    @property
    def door(self) -> str:
        return self.person.household.door if self.person.household else ""


@dataclass(frozen=True)
class Sheets:
    desk: Desk
    entrance: Entrance

    def routes(self) -> list[BaseRoute]:
        door = self.entrance
        return [
            Route("/s/{written}", door.link),
            Route("/receipt", self.receipt, methods=["GET"]),
            Route("/receipt", self.check_receipt, methods=["POST"]),
            Mount("/me/static", Static(directory=STATIC)),
            Route("/me/number", door.number, methods=["GET"]),
            Route("/me/number", door.send_number, methods=["POST"]),
            Route("/me/confirm", door.confirm, methods=["POST"]),
            Route("/me/login", door.back),
            Route("/me/leave", door.leave, methods=["POST"]),
            Route("/me/do", self.press, methods=["POST"]),
            Route("/me/a/{id}", self.answer),
            Route("/me", self.look),
            Route("/me/{place}", self.look),
        ]

    # --- looking

    async def look(self, request: Request) -> Response:
        place = place_in(request)
        async with self.desk.storage.read() as uow:
            if visit := await self._visit(uow, request):
                says = await self._ask(uow, visit.address, visit.person, _actions(place))
                return self._shown(visit, says)
        guest = self.entrance.holder(request, Kind.LINK)
        if guest is None or guest.place != place:
            return self.entrance.stranger(request, place)
        return await self._for_guest(request, place)

    async def _for_guest(self, request: Request, place: str) -> Response:
        """What everybody may read of it, nothing to press, and how to prove who one is."""
        view = self.desk.view_in(self.desk.language(request))
        says: Sequence[Say] = ()
        if NUMBERED.fullmatch(place):
            async with self.desk.storage.read() as uow:
                says = await self._ask(uow, NOBODY, Person(0, view.language), _actions(place))
        says = [say for say in says if say.key not in UNKNOWN]
        found = parts(view, says, may_press=False) or [note(view.say("sheet.welcome"))]
        return rendered(view, Page(found, inside=False, number=Number(asked=False)))

    async def _visit(self, uow: UnitOfWork, request: Request) -> Visit | None:
        holder = self.entrance.holder(request)
        given = holder.until - LASTS[Kind.SESSION] if holder else None
        address = await uow.pages.account(holder.person, given) if holder else None
        found = await uow.residents.visitor(address, address) if address else None
        return Visit(address, found.person) if address and found else None

    async def _ask(
        self, uow: UnitOfWork, address: Address, person: Person, actions: Sequence[Action]
    ) -> list[Say]:
        """What the chat would answer; the unit of work is one that cannot write."""
        turn = self._turn(uow, address, person)
        return [say for each in actions for say in await ROUTES[type(each)](turn, each)]

    def _turn(self, uow: UnitOfWork, address: Address, person: Person, words: str = "") -> Turn:
        now = self.desk.clock()
        return Turn(
            inbound=Inbound("", address), words=words, person=person, group=None, reachable=True,
            community=self.desk.community, now=now, received=now, uow=uow,
        )  # fmt: skip

    def _shown(self, visit: Visit, says: Sequence[Say]) -> Response:
        view = self.desk.view_in(visit.person.language)
        gone = any(say.key in UNKNOWN for say in says)
        return rendered(view, Page(parts(view, says), door=visit.door), 404 if gone else 200)

    # --- pressing

    async def press(self, request: Request) -> Response:
        """A deed waits in the inbox with those from the chat; what only reads is answered here."""
        from_our_page(request)
        form = await fields(request)
        async with self.desk.storage.read() as uow:
            visit = await self._visit(uow, request)
            if visit is None:
                raise Refused(401, "session")
            self.desk.pace.check(f"pages:{visit.person.id}")
            action = _pressed(form)
            words = form.get("words", "") if type(action) in pages.WORDS else ""
            if len(words) > TEXT_CHARACTERS:
                return self._too_long(visit, action, words)
            if type(action) in pages.READS:
                says = await self._ask(uow, visit.address, visit.person, [action])
                return self._shown(visit, says)
            id = await self._once(uow, form["id"])
        at = visit.address
        pressed = Pressed(id, at.channel, at.chat, action.pack(), words)
        await self.desk.accept([pressed.received()])
        await self._handled(id)
        return RedirectResponse(f"/me/a/{id}", 303)

    def _too_long(self, visit: Visit, action: Action, words: str) -> Response:
        """What was typed goes back to where it can be made shorter."""
        view = self.desk.view_in(visit.person.language)
        why = note(view.error("too_long"))
        page = Page([why], door=visit.door, words=action.pack(), typed=words)
        return rendered(view, page, 400)

    async def _once(self, uow: UnitOfWork, id: str) -> str:
        """Pressed twice at once is one press; pressed again on an old page is another one."""
        found = await uow.delivery.answer(pages.CHANNEL, id)
        old = found and found.done_at and self.desk.clock() - found.done_at > TWICE
        return uuid4().hex if old else id

    async def _handled(self, id: str) -> None:
        """Wait for it, wherever it is handled; not longer than somebody looks at a white page."""
        wait = FIRST_LOOK
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while loop.time() < until:
            async with self.desk.storage.read() as uow:
                found = await uow.delivery.answer(pages.CHANNEL, id)
            if found and found.done_at:
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LAST_LOOK)

    async def answer(self, request: Request) -> Response:
        """What was answered to a press, to who pressed."""
        id = request.path_params["id"]
        async with self.desk.storage.read() as uow:
            visit = await self._visit(uow, request)
            if visit is None:
                return self.entrance.stranger(request, pages.HOME)
            found = await uow.delivery.answer(pages.CHANNEL, id) if ID.fullmatch(id) else None
        address = visit.address
        if found is None or found.lane != f"{address.channel}:{address.chat}":
            raise Refused(404, "no_page")
        view = self.desk.view_in(visit.person.language)
        if not found.done_at:
            return rendered(view, Page([note(view.say("sheet.waits"))], wait=f"/me/a/{id}"))
        if not found.answer:
            return rendered(view, Page([note(view.say("sheet.failed"))]))
        told = pages.read_answer(address, found.answer)
        shown = parts(view, told.says) or [note(view.say("sheet.done"))]
        return rendered(view, Page(shown, door=visit.door, words=told.asks))

    # --- the check of a receipt, which anybody can do

    async def receipt(self, request: Request) -> Response:
        view = self.desk.view_in(self.desk.language(request))
        inside = self.entrance.holder(request) is not None
        return rendered(view, Page([note(view.say("sheet.receipt_about"))], inside, receipt=True))

    async def check_receipt(self, request: Request) -> Response:
        from_our_page(request)
        self.desk.pace.check(f"receipt:{address_of(request)}")
        form, view = await fields(request), self.desk.view_in(self.desk.language(request))
        matter = int(digits(form.get("matter", ""))[:MOST_DIGITS] or 0)
        code = unicodedata.normalize("NFKC", form.get("code", ""))
        work = partial(self._look_up, min(matter, LARGEST), code, view.language)
        says = await self.desk.storage.run(work)
        inside = self.entrance.holder(request) is not None
        return rendered(view, Page(parts(view, says, may_press=False), inside, receipt=True))

    async def _look_up(self, matter: int, code: str, language: str, uow: UnitOfWork) -> list[Say]:
        turn = self._turn(uow, NOBODY, Person(0, language), code)
        return await ROUTES[TakeReceipt](turn, TakeReceipt(matter))


def _actions(place: str) -> tuple[Action, ...]:
    """What a page asks the handlers. Raises Refused."""
    if found := NUMBERED.fullmatch(place):
        return (BY_NUMBER[found["letter"]](int(found["number"])),)
    if place not in LISTS:
        raise Refused(404, "no_page")
    return LISTS[place]


def _pressed(form: dict[str, str]) -> Action:
    """A button of a page and nothing else. Raises Refused."""
    try:
        action = Action.unpack(form.get("action", ""))
    except ValueError:
        raise Refused(400, "malformed") from None
    known = type(action) in pages.DEEDS | pages.READS | pages.WORDS
    if not known or not ID.fullmatch(form.get("id", "")):
        raise Refused(400, "malformed")
    if type(action) in pages.WORDS and not form.get("words"):
        raise Refused(400, "empty")
    return action
