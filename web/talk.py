"""What a visitor says or presses: written into the room, then handed on, and nothing decided.

Words stand in the history before ``accept`` is asked to keep them, so that an answer never
comes before its question; a page that heard nothing sends the same again, which is found out.
"""

from dataclasses import dataclass
from typing import Any

from storage.delivery import Received
from storage.uow import UnitOfWork
from storage.webchat import WebMessage, WebPerson, once_for
from web.desk import Desk, Room
from web.forms import Press, Words
from web.guard import Refused
from web.photos import Photo
from web.said import Said
from web.view import PRIVATE, button_key, quote, words


@dataclass(frozen=True)
class Talk:
    desk: Desk
    chat: str
    language: str  # of the page, for somebody we have not met

    async def say(self, said: Words, photo: Photo | None = None) -> int:
        """Write down and hand on one message; returns its number in the room. Raises Refused."""
        if not (said.text or said.place or photo):
            raise Refused(400, "empty")
        async with self.desk.storage.begin() as uow:
            person = await self.desk.speaker(uow, self.chat, self.language)
            room = await self.desk.room(uow, self.chat, said.room)
            quoted = await self._quoted(uow, room, said.quoted)
            ref = await self._keep(uow, said, photo) if photo else None
            number = await self._write(uow, room, said, quoted, ref)
        self.desk.notifier.wake(room.chat)
        await self.desk.accept([self._message(person, room, said, quoted, ref, number)])
        return number

    async def _quoted(self, uow: UnitOfWork, room: Room, number: str | None) -> WebMessage | None:
        quoted = await uow.webchat.message(int(number)) if number else None
        if number and (quoted is None or quoted.room != room.chat):
            raise Refused(404, "gone")
        return quoted

    async def _keep(self, uow: UnitOfWork, said: Words, photo: Photo) -> str:
        """A name for the photo that cannot be guessed and is the same at the next try."""
        ref = self.desk.storage.vault.keyed_hash("webchat photo", self._update_id(said.id))[:32]
        await uow.webchat.keep_file(ref, photo.mime, photo.content, self.desk.clock())
        return ref

    async def _write(
        self, uow: UnitOfWork, room: Room, said: Words, quoted: WebMessage | None, ref: str | None
    ) -> int:
        body: dict[str, Any] = {
            "spans": [[said.text, False]],
            "picture": ref,
            "place": said.place,
            "quoted": quote(quoted) if quoted else "",
            "said": said.id,
        }
        once = once_for(self._update_id(said.id))
        return await uow.webchat.write(room.chat, self.chat, body, self.desk.clock(), once=once)

    def _message(
        self,
        person: WebPerson,
        room: Room,
        said: Words,
        quoted: WebMessage | None,
        ref: str | None,
        number: int,
    ) -> Received:
        return Said(
            id=self._update_id(said.id),
            chat=self.chat,
            group=room.group,
            language=person.language,
            nickname=person.nickname,
            text=said.text,
            photo=ref,
            place=said.place or None,
            quoted=words(quoted.body) if quoted else "",
            answers=quoted is not None and quoted.author is None,
            message=str(number),
            replies_to=str(quoted.id) if quoted else "",
        ).received()

    async def press(self, press: Press) -> None:
        """Hand on a pressed button, as the bot wrote it. Raises Refused."""
        async with self.desk.storage.begin() as uow:
            person = await self.desk.speaker(uow, self.chat, self.language)
            message = await uow.webchat.message(int(press.message))
            if message is None:
                raise Refused(404, "gone")
            room = await self._room_of(uow, message)
        await self.desk.accept([self._pressed(person, room, press, message)])

    async def _room_of(self, uow: UnitOfWork, message: WebMessage) -> Room:
        name = PRIVATE if message.room == self.chat else message.room
        return await self.desk.room(uow, self.chat, name)

    def _pressed(
        self, person: WebPerson, room: Room, press: Press, message: WebMessage
    ) -> Received:
        return Said(
            id=self._update_id(press.id),
            chat=self.chat,
            group=room.group,
            language=person.language,
            nickname=person.nickname,
            action=_offered(message, press.button),
        ).received()

    def _update_id(self, id: str) -> str:
        """Nobody can take the number of somebody else's update."""
        return f"{self.chat}:{id}"


def _offered(message: WebMessage, button: str) -> str:
    for _, packed in message.body.get("buttons", []):
        if button_key(packed) == button:
            return str(packed)
    raise Refused(409, "changed")
