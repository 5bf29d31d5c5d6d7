"""What every handler is given: the person, the moment, the words, and the unit of work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.community import Community
from domain.conversation import Action, Address, Blank, Choice, Inbound, Phrase, Say
from domain.residents import Person
from storage.groups import Group
from storage.tickets import VOICE
from storage.uow import UnitOfWork


@dataclass(frozen=True)
class Turn:
    inbound: Inbound
    words: str  # what they wrote, without the command
    person: Person
    group: Group | None  # the bound group they wrote in
    reachable: bool  # whether we may write to them alone
    community: Community
    now: datetime  # read once, when the update is handled
    received: datetime  # when it was kept; a restart may lie between the two
    uow: UnitOfWork

    @property
    def sender(self) -> Address:
        return self.inbound.sender

    @property
    def where(self) -> Address:
        """The chat this happened in."""
        return self.inbound.group or self.inbound.sender

    @property
    def account(self) -> str:
        return f"{self.sender.channel}:{self.sender.chat}"

    def say(self, key: str, *, choices: tuple[Choice, ...] = (), **blanks: Blank) -> Say:
        """An answer to the person alone; a word in the group where that is not possible yet."""
        if not self.reachable and self.inbound.group:
            return self.answer("home.write_to_me")
        return Say(self.sender, key, blanks, choices)

    def answer(self, key: str, *, choices: tuple[Choice, ...] = (), **blanks: Blank) -> Say:
        """An answer where the question was asked. In a group it may name nobody.

        There it follows the person's own words, which everybody sees, into their topic.
        """
        return Say(self.where, key, blanks, choices, follows=self.inbound.message)

    def page(self, place: str) -> str:
        """The address of the same on our pages, for this person; empty where there are none."""
        if not self.community.pages:
            return ""
        return f"{self.community.pages}/s/{self.uow.pages.link(self.person.id, place, self.now)}"

    async def ask(self, key: str, then: Action, **blanks: Blank) -> Say:
        """Ask for words, which then belong to the action ``then``."""
        await self.uow.residents.expect(self.sender, self.where, then, self.now)
        if self.inbound.group:
            asked = self.answer("home.reply_here", question=Phrase(key, blanks))
            return replace(asked, reply=True)
        return Say(self.where, key, blanks, (Choice(Phrase("home.cancel"), Cancel()),))

    async def ask_alone(self, key: str, then: Action, **blanks: Blank) -> Say:
        """Ask for words that are nobody else's to read, also where a group was written in."""
        await self.uow.residents.expect(self.sender, self.sender, then, self.now)
        return self.say(key, choices=(Choice(Phrase("home.cancel"), Cancel()),), **blanks)

    async def photo(self) -> int | None:
        """The picture that came with the words, kept as an attachment; None without one."""
        if self.inbound.photo is None:
            return None
        return await self.uow.tickets.attach(
            self.sender.channel, self.inbound.photo, self.person.id, self.now
        )

    async def enclosed(self) -> int | None:
        """The same, or what was spoken: for words that only people in charge read."""
        if self.inbound.voice is None:
            return await self.photo()
        return await self.uow.tickets.attach(
            self.sender.channel, self.inbound.voice, self.person.id, self.now, VOICE
        )


@dataclass(frozen=True)
class Cancel(Action, code="no"):
    """Never mind what you asked me."""


Handler = Callable[[Turn, Any], Awaitable[list[Say]]]
Routes = dict[type[Action], Handler]
