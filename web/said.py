"""What a visitor did, as it travels through the inbox: written here, read in bot/channels."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from storage.delivery import Received
from storage.webchat import CHANNEL


@dataclass(frozen=True)
class Said:
    """Words, a picture or a pressed button. Everything in it was checked by the web chat."""

    id: str  # unique within the channel, the same when the page repeats itself
    chat: str  # whose private chat
    group: str | None  # None: to the bot alone
    language: str
    nickname: str
    text: str = ""
    action: str | None = None  # packed, as the bot wrote it on the button
    photo: str | None = None
    place: str | None = None
    quoted: str = ""
    answers: bool = False  # replies to something the bot said
    message: str = ""  # its number in the room
    replies_to: str = ""  # the number of the message it replies to

    @property
    def room(self) -> str:
        return self.group or self.chat

    def received(self) -> Received:
        payload = json.dumps(asdict(self), ensure_ascii=False)
        return Received(CHANNEL, self.id, f"{CHANNEL}:{self.room}", payload)

    @classmethod
    def read(cls, payload: str) -> Self:
        return cls(**json.loads(payload))
