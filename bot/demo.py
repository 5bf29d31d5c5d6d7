"""The demo community: lists, a cast with phones, and a little history, played through the bot."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.app import App
from bot.clock import system_clock
from bot.config import Config
from bot.imports import bring_demo
from bot.opening import open_community
from casework.matter_actions import CastBallot
from domain.conversation import Address, Names
from domain.identity import Identity, Level
from handlers.voting import packed
from scheduler.matters import move_matters
from storage.imports import Imports
from storage.subjects import By
from storage.uow import Storage, UnitOfWork
from storage.webchat import CHANNEL, WebPerson
from web.pages import DemoPane
from web.said import Said

STORY = Path(__file__).parent / "demo_data" / "story.yaml"


@dataclass
class PastClock:
    """The clock while the history is played."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def cast() -> tuple[DemoPane, ...]:
    """Who the visitor can be, each on a phone of their own."""
    return tuple(
        DemoPane(c["who"], c["chat"], Names(c["name"]), Names(c["caption"]))
        for c in _told()["cast"]
    )


async def furnish(config: Config) -> None:
    """Make the community, the first time only: later its people may have changed it."""
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            if await Imports.within(uow).count("households"):
                return
        await bring_demo(storage, config.community, system_clock())
        await _give_phones(storage, config)
        await _play(config)


async def _give_phones(storage: Storage, config: Config) -> None:
    """Everybody of the cast opens the web chat; residents move into their households."""
    told, now = _told(), system_clock()
    async with storage.begin() as uow:
        for person in (*told["cast"], *told["neighbours"]):
            language = config.community.language
            name = person["name"][language]
            await uow.webchat.enter(WebPerson(person["chat"], name, language), now)
            if "door" in person:
                await _move_in(uow, person["chat"], name, person["door"], language, now)


async def _move_in(
    uow: UnitOfWork, chat: str, name: str, door: str, language: str, now: datetime
) -> None:
    address = Address(CHANNEL, chat)
    resident = await uow.residents.meet(address, language, now)
    await uow.residents.wrote_privately(address, None, now)
    home = await uow.residents.household_at(*door.split("-"))
    await uow.residents.change(resident.id, household_id=home, consented_at=now)
    await uow.residents.call(resident.id, name)
    if home is not None:
        await _owns(uow, resident.id, home, now)


async def _owns(uow: UnitOfWork, person: int, home: int, now: datetime) -> None:
    """Their identity is confirmed, their title was seen, and they vote for the household."""
    first, second = [s.id for s in await uow.staff.all() if s.person is not None][:2]
    identity = Identity(
        person, adult=True, at=now, level=Level.ROSTER, checked_by=first, approved_by=second
    )
    by = By(person)
    await uow.identity.save(identity, "confirm", now, by)
    for owned in await uow.owners.of_household(home):
        await uow.owners.tie(owned.owner, person, now, by)
    await uow.representatives.register(home, person, now, by)


async def _play(config: Config) -> None:
    """What happened before today, said to a bot whose clock stands in the past."""
    zone = config.community.calendar.zone
    today = system_clock().astimezone(zone).date()
    clock = PastClock(system_clock())
    async with open_community(config, clock) as storage:
        app = App(config, storage, clock=clock)
        for number, deed in enumerate(sorted(_told()["story"], key=_when)):
            wall = time.fromisoformat(deed["at"])
            clock.now = datetime.combine(today - timedelta(days=deed["days"]), wall, zone)
            if "chat" in deed:
                await _said(app, storage, deed, number, clock.now)
            else:
                await _time_passed(app)


def _when(deed: dict[str, Any]) -> tuple[int, str]:
    """Each thread of the story is told for itself; they happened side by side."""
    return -deed["days"], deed["at"]


async def _said(
    app: App, storage: Storage, deed: dict[str, Any], number: int, now: datetime
) -> None:
    chat, group, text = deed["chat"], deed.get("group"), deed.get("text", "")
    action = await _ballot(storage, chat, deed["own"]) if "own" in deed else deed.get("action")
    said = Said(f"story-{number}", chat, group, "zh", "", text, action=action)
    if text:
        async with storage.begin() as uow:
            await uow.webchat.write(said.room, chat, {"spans": [[text, False]]}, now)
    await app.intake.accept([said.received()])
    await app.intake.drain()
    while await app.sender.send_due():
        pass


async def _ballot(storage: Storage, chat: str, own: str) -> str:
    """The button for one's own flat: "1:yes" is yes in matter 1."""
    number, _, choice = own.partition(":")
    async with storage.begin() as uow:
        address = Address(CHANNEL, chat)
        visitor = await uow.residents.visitor(address, address)
        assert visitor is not None  # they have moved in
        (voter,) = await uow.roll.may_answer(int(number), visitor.person.id)
    return CastBallot(int(number), packed(voter.unit), choice).pack()


async def _time_passed(app: App) -> None:
    """What the clock does by itself: votes open and close."""
    await app.dispatcher.run(move_matters)
    await app.dispatcher.run(move_matters)
    while await app.sender.send_due():
        pass


def _told() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(STORY.read_text("utf-8"))
    return told
