"""A made-up platform: it takes everything, and keeps what stands in each chat."""

import itertools
from dataclasses import dataclass, field

from bot.channels.base import Outgoing, Picture
from bot.channels.choices import as_lines
from bot.files import File
from domain.polls import Poll
from texts import plain


@dataclass
class Sent:
    """One message as it stands in a chat now."""

    id: str
    chat: str
    text: str
    buttons: dict[str, str] = field(default_factory=dict)  # label -> packed action
    links: dict[str, str] = field(default_factory=dict)  # label -> what /start would bring
    picture: Picture | None = None
    image: bytes | None = None
    file: File | None = None
    poll: Poll | None = None
    replies_to: str = ""
    edited: bool = False


class FakeChannel:
    """Keeps what stands in each chat; ``refuse_next`` makes the next send fail.

    With ``holds_polls`` it takes polls as its own; its name for one is that of the message.
    """

    def __init__(self, name: str, *, has_buttons: bool) -> None:
        self.name = name
        self.has_buttons = self.takes_files = has_buttons
        self.sent: list[Sent] = []
        self.refuse_next: Exception | None = None
        self.holds_polls = False
        self.hears: bool | None = None  # all that is written in groups
        self.holds: int | None = None  # people in each group
        self._ids = itertools.count(1)

    async def send(self, message: Outgoing) -> str:
        if self.refuse_next:
            error, self.refuse_next = self.refuse_next, None
            raise error
        edits = (message.edits or "").partition(":")[0]
        known = next((s for s in self.sent if s.id == edits), None)
        if known is None:
            known = Sent(str(next(self._ids)), message.chat, "", picture=message.picture)
            known.replies_to = message.replies_to
            self.sent.append(known)
        else:
            known.edited = True
        known.text, known.image = self._shown(message), message.image or known.image
        known.file = message.file
        known.buttons = {b.label: b.data for b in message.buttons if self.has_buttons}
        known.links = {b.label: b.link for b in message.buttons if b.link}
        known.poll = message.poll if self.holds_polls else None
        return f"{known.id}:{known.id}" if known.poll else known.id

    def _shown(self, message: Outgoing) -> str:
        return plain(message.text if self.has_buttons else as_lines(message.text, message.buttons))

    async def reads(self, chat: str) -> bool | None:
        return self.hears

    async def members(self, chat: str) -> int | None:
        return self.holds

    async def fetch(self, ref: str) -> bytes:
        return ref.encode()

    def chat(self, chat: str) -> list[Sent]:
        return [s for s in self.sent if s.chat == chat]

    def forget(self) -> None:
        """Begin anew with empty chats."""
        self.sent.clear()
