"""What somebody pressed on a page, as the inbox keeps it: a deed of their account in the chat."""

import json
from dataclasses import asdict, dataclass

from casework.pages import CHANNEL
from domain.conversation import Action, Address, Inbound
from storage.delivery import Received


@dataclass(frozen=True)
class Pressed:
    id: str  # made with the button, the same when it is pressed twice
    channel: str  # the account, which may do what it may in the chat and no more
    chat: str
    action: str
    words: str = ""
    page: bool = True  # the page waits for the answer; else it goes to the chat

    def received(self) -> Received:
        lane = f"{self.channel}:{self.chat}"  # in line with what is pressed in the chat
        return Received(CHANNEL, self.id, lane, json.dumps(asdict(self)))


def read(payload: str) -> Inbound:
    """Raises ValueError for an action that is gone since, and an apology is the answer."""
    pressed = Pressed(**json.loads(payload))
    return Inbound(
        id=pressed.id,
        sender=Address(pressed.channel, pressed.chat),
        text=pressed.words,
        action=Action.unpack(pressed.action),
        page=pressed.page,
    )
