"""What every address of the web chat works with, and how it tells one visitor from another."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from domain.community import Community
from storage.delivery import Received
from storage.ids import Clock
from storage.uow import Storage, UnitOfWork
from storage.webchat import WebPerson
from texts import Texts
from web.guard import Pace, Refused
from web.streams import Notifier
from web.view import PRIVATE, View

Accept = Callable[[Sequence[Received]], Awaitable[None]]


@dataclass(frozen=True)
class Room:
    chat: str  # as messages keep it
    group: str | None  # None: with the bot alone


@dataclass(frozen=True)
class Desk:
    storage: Storage
    accept: Accept
    texts: Texts
    community: Community
    clock: Clock
    notifier: Notifier
    pace: Pace

    def view(self, person: WebPerson) -> View:
        return View(person.chat, person.language, self.texts, self.community)

    def view_in(self, language: str) -> View:
        """Of nobody in particular."""
        return View("", language, self.texts, self.community)

    def language(self, request: Request) -> str:
        """Our language nearest to the first one the browser asks for."""
        asked = request.headers.get("accept-language", "")
        return self.community.language_for(asked.split(",")[0].split(";")[0].strip())

    async def visitor(self, uow: UnitOfWork, chat: str, language: str) -> WebPerson:
        """Who this is; somebody new is not written down for only looking."""
        return await uow.webchat.person(chat) or WebPerson(chat, "", language)

    async def speaker(self, uow: UnitOfWork, chat: str, language: str) -> WebPerson:
        """Who this is, remembered from now on."""
        known = await uow.webchat.person(chat)
        if known is None:
            known = WebPerson(chat, "", language)
            await uow.webchat.enter(known, self.clock())
        return known

    async def room(self, uow: UnitOfWork, chat: str, name: str) -> Room:
        """A room this person may read and write in, as their page names it. Raises Refused."""
        if name == PRIVATE:
            return Room(chat, None)
        if any(group.address.chat == name for group in await uow.webchat.rooms(chat)):
            return Room(name, name)
        raise Refused(404, "no_room")
