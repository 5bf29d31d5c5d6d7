"""One address of the web chat: its page, its stream, and what a visitor's page may send."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from storage.uow import UnitOfWork
from storage.webchat import WebMessage
from web.desk import Desk
from web.forms import LARGEST_ID, Language, Name, Press, Words, read_fields, read_json
from web.guard import Pace, Refused, address_of, from_our_page, json_body
from web.identity import Door, new_chat
from web.pages import STATIC, Static, chat_page
from web.photos import upload
from web.streams import HISTORY, events
from web.talk import Talk

BOT_NAMES = frozenset({"邻里", "linli"})  # nobody else may be called so
PHOTO_HEADERS = {
    "cache-control": "private, max-age=86400, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
}


@dataclass(frozen=True)
class Chat:
    desk: Desk
    door: Door
    newcomers: Pace  # by the address they come from

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.page),
            Route("/events", self.events),
            Route("/older", self.older),
            Route("/messages", self.messages, methods=["POST"]),
            Route("/presses", self.presses, methods=["POST"]),
            Route("/photos", self.photos, methods=["POST"]),
            Route("/photos/{message}/{ref}", self.photo),
            Route("/name", self.name, methods=["POST"]),
            Route("/language", self.language, methods=["POST"]),
            Mount("/static", Static(directory=STATIC)),
        ]

    async def page(self, request: Request) -> Response:
        chat = self.door.who(request) or self._new(request)
        async with self.desk.storage.begin() as uow:
            person = await self.desk.visitor(uow, chat, self.desk.language(request))
        response = HTMLResponse(chat_page(self.desk.view(person), person.nickname))
        self.door.admit(request, response, chat)
        return response

    async def events(self, request: Request) -> Response:
        chat = self._known(request)
        async with self.desk.storage.begin() as uow:
            person = await self.desk.visitor(uow, chat, self.desk.language(request))
        last = request.headers.get("last-event-id") or request.query_params.get("after", "")
        told = events(
            self.desk.storage, self.desk.notifier, self.desk.view(person), last, self.desk.clock
        )
        headers = {"x-accel-buffering": "no"}  # or nginx keeps the news to itself
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)

    async def older(self, request: Request) -> Response:
        """What stands in a room before the oldest version that the page has."""
        chat, asked = self._known(request), request.query_params
        before = _number(asked.get("before", ""))
        if before is None:
            raise Refused(400, "malformed")
        async with self.desk.storage.read() as uow:
            room = await self.desk.room(uow, chat, asked.get("room", ""))
            person = await self.desk.visitor(uow, chat, self.desk.language(request))
            found = await uow.webchat.newest(room.chat, HISTORY, before)
            names = await uow.webchat.nicknames({m.author for m in found if m.author})
        view = self.desk.view(person)
        told = [view.message(message, names) for message in found]
        return JSONResponse({"messages": told, "more": len(found) == HISTORY})

    async def messages(self, request: Request) -> Response:
        talk = self._talk(request)
        number = await talk.say(read_json(Words, await json_body(request)))
        return JSONResponse({"message": str(number)}, 202)

    async def photos(self, request: Request) -> Response:
        talk = self._talk(request)
        fields, photo = await upload(request)
        number = await talk.say(read_fields(Words, fields), photo)
        return JSONResponse({"message": str(number)}, 202)

    async def presses(self, request: Request) -> Response:
        talk = self._talk(request)
        await talk.press(read_json(Press, await json_body(request)))
        return JSONResponse({}, 202)

    async def photo(self, request: Request) -> Response:
        """A picture, for those who may read a message it stands in."""
        number, ref = request.path_params["message"], request.path_params["ref"]
        async with self.desk.storage.begin() as uow:
            message = await self._readable(uow, self._known(request), number)
            found = await uow.webchat.file(ref) if message.body.get("picture") == ref else None
        if found is None:
            raise Refused(404, "gone")
        return Response(found[1], media_type=found[0], headers=PHOTO_HEADERS)

    async def _readable(self, uow: UnitOfWork, chat: str, number: str) -> WebMessage:
        id = _number(number)
        message = None if id is None else await uow.webchat.message(id)
        if message is None:
            raise Refused(404, "gone")
        if message.room != chat:
            await self.desk.room(uow, chat, message.room)
        return message

    async def name(self, request: Request) -> Response:
        talk = self._talk(request)
        wanted = read_json(Name, await json_body(request)).name
        if wanted.casefold() in BOT_NAMES:
            raise Refused(409, "name_taken")
        async with self.desk.storage.begin() as uow:
            await self.desk.speaker(uow, talk.chat, talk.language)
            await uow.webchat.rename(talk.chat, wanted)
        return JSONResponse({"name": wanted})

    async def language(self, request: Request) -> Response:
        talk = self._talk(request)
        wanted = read_json(Language, await json_body(request)).language
        if wanted not in self.desk.community.languages:
            raise Refused(400, "malformed")
        async with self.desk.storage.begin() as uow:
            await self.desk.speaker(uow, talk.chat, talk.language)
            await uow.webchat.speak(talk.chat, wanted)
        return JSONResponse({"language": wanted})

    def _new(self, request: Request) -> str:
        """Whoever drops the cookie is somebody else, and might say as much again."""
        self.newcomers.check(address_of(request))
        return new_chat()

    def _known(self, request: Request) -> str:
        chat = self.door.who(request)
        if chat is None:
            raise Refused(401, "session")
        return chat

    def _talk(self, request: Request) -> Talk:
        """Somebody who may send us something now. Raises Refused."""
        from_our_page(request)
        chat = self._known(request)
        self.desk.pace.check(chat)
        return Talk(self.desk, chat, self.desk.language(request))


def _number(written: str) -> int | None:
    """The number of a message or of a version of it; None for what can be neither."""
    in_range = written.isdecimal() and len(written) < 20 and int(written) <= LARGEST_ID
    return int(written) if in_range else None
