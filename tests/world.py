"""A whole bot with two made-up platforms: write to it, press, let time pass, read the replies.

Ana and Li live in building 3; Zhou is its officer, Wang another member, He the secretary
and Sun the admin. One platform has buttons and groups, the other has neither.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, select, union

from bot.channels import wechat_read
from bot.config_voting import voting
from bot.dispatch import Dispatcher, Timer
from bot.intake import Intake
from bot.pacer import Pacer
from bot.sender import Sender
from bot.settings_voting import VotingPart
from casework.pages import CHANNEL
from domain.calendar import Budget, Calendar
from domain.community import Category, Community, Deadlines, Emergencies, Preset
from domain.conversation import Action, Address, Inbound, Names, Say
from domain.residents import Role
from handlers.routes import ROUTES
from storage import tables as t
from storage import voting_tables as v
from storage.delivery import Received
from storage.groups import Group
from storage.uow import Storage
from tests.channel import FakeChannel, Sent
from tests.databases import NOON
from tests.over_wechat import OverWeChat
from tests.over_wecom import OverWeCom
from texts import Texts
from web import pressed

NUMBERED = re.compile(r"(\d+)\. (.*)")
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))


def names(zh: str, en: str) -> Names:
    return Names({"zh": zh, "en": en})


COMMUNITY = Community(
    code="test",
    name=names("邻里花园", "Linli Garden"),
    languages=("zh", "en"),
    calendar=Calendar(SHANGHAI, dict.fromkeys(range(5), DAY)),
    grids={"1": names("一网格", "Grid 1"), "2": names("二网格", "Grid 2")},
    categories=(
        Category(
            "utilities", names("公共设施", "Utilities"), ("路灯", "lamp", "水管"), "utilities"
        ),
        Category("lift", names("电梯", "Lifts"), ("电梯", "lift"), "lift"),
        Category("noise", names("噪音", "Noise"), ("噪音", "太吵", "noise"), "noise"),
        Category("other", names("其他", "Other"), (), "other"),
    ),
    deadlines=Deadlines(
        ordinary=Preset(
            sign=Budget.parse("4 working hours"),
            contact=Budget.parse("1 working day"),
            resolve=Budget.parse("3 working days"),
            level_1=Budget.parse("3 working days"),
            level_2=Budget.parse("5 working days"),
        ),
        rework=Budget.parse("2 working days"),
        accept=Budget.parse("4 working hours"),
        review=Budget.parse("1 working day"),
        wait=Budget.parse("3 working days"),
        confirm=Budget.parse("7 days"),
        follow_up=Budget.parse("28 days"),
        presets={
            "emergency": Preset(
                sign=Budget.parse("15 minutes"),
                contact=Budget.parse("30 minutes"),
                resolve=Budget.parse("24 hours"),
                level_1=Budget.parse("2 hours"),
            )
        },
        undo=Budget.parse("2 minutes"),
        draft=Budget.parse("24 hours"),
    ),
    voting=voting(VotingPart.model_validate({"rules_of_procedure": {"parking": "does_not_count"}})),
    is_emergency=Emergencies(("漏气", "着火", "on fire"), ("演习", "万一")),
)

ANA = Address("buttons", "101")
LI = Address("wechat", "oLi")
MEI = Address("buttons", "103")  # a visitor without a household
ZHOU = Address("buttons", "201")
WANG = Address("wechat", "wang")
HE = Address("buttons", "203")
SUN = Address("buttons", "204")
BUILDING_3 = Address("buttons", "-3")
STAFF_ROOM = Address("buttons", "-9")


class FakeClock:
    """Time that moves only when a test says so."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class World:
    """``real``: what is said alone on the platform without buttons goes over HTTP to WeChat.

    ``cards``: and on the one with buttons, to WeCom.
    """

    def __init__(
        self,
        storage: Storage,
        clock: FakeClock,
        community: Community = COMMUNITY,
        *,
        real: bool = False,
        cards: bool = False,
    ) -> None:
        self.storage = storage
        self.clock = clock
        texts = Texts.load("zh", SHANGHAI)
        self.cards = OverWeCom(storage, clock, self._keeps) if cards else None
        self.buttons = self.cards or FakeChannel("buttons", has_buttons=True)
        self.over = OverWeChat(storage, clock, texts, self._keeps) if real else None
        self.plain = self.over or FakeChannel("wechat", has_buttons=False)
        self.channels = {c.name: c for c in (self.buttons, self.plain)}
        self._inbound: dict[str, Inbound] = {}
        self._ids = itertools.count(1)
        pacers = {name: Pacer(1e6) for name in self.channels}

        def steady() -> float:
            return clock().timestamp()

        self.sender = Sender(storage, self.channels, texts, pacers, clock, steady)
        self.dispatcher = Dispatcher(
            storage,
            ROUTES,
            {
                **dict.fromkeys(self.channels, self._read),
                CHANNEL: pressed.read,
                "wecom": self.cards.read if self.cards else self._read,
            },
            community,
            clock,
            self.sender.wake,
        )
        self.intake = Intake(storage, self.dispatcher.handle, clock)

    # --- what people do

    async def writes(
        self, who: Address, text: str, *, group: Address | None = None, **more: object
    ) -> None:
        await self.receives(Inbound(self._id(), who, group, text, **more))  # type: ignore[arg-type]

    async def presses(self, who: Address, label: str, *, group: Address | None = None) -> None:
        """Press the newest button with this label in the chat; without buttons, type its number."""
        where = group or who
        channel = self.channels[who.channel]
        if not channel.has_buttons:
            lines = channel.chat(where.chat)[-1].text.splitlines()
            number = next(
                found[1] for line in lines if (found := NUMBERED.match(line)) and label in found[2]
            )
            if self.over and self.over.presses(where.chat, number):
                return await self.over.press(where.chat, number, self._says_all, self.settle)
            return await self.writes(who, number)
        for sent in reversed(channel.chat(where.chat)):
            for shown, packed in sent.buttons.items():
                if label in shown:
                    return await self.does(who, Action.unpack(packed), group=group)
        raise AssertionError(
            f"no button {label!r} among {[s.buttons for s in channel.chat(where.chat)]}"
        )

    async def does(self, who: Address, action: Action, *, group: Address | None = None) -> None:
        """A deed straight from the client, whether a button for it was shown or not."""
        await self.receives(Inbound(self._id(), who, group, action=action))

    async def receives(self, inbound: Inbound) -> None:
        if self.over and self.over.brings(inbound):
            await self.over.bring(inbound, self._says_all)
        elif self.cards and self.cards.brings(inbound):
            await self.cards.bring(inbound)
        else:
            await self.intake.accept([self.as_kept(inbound)])
        await self.settle()

    async def _keeps(self, updates: Sequence[Received]) -> None:
        await self.intake.accept(updates)

    def _read(self, payload: str) -> Inbound | None:
        return self._inbound[payload] if payload in self._inbound else wechat_read.read(payload)

    async def receives_and_dies(self, who: Address, action: Action) -> None:
        """A deed that is kept, and no more: :meth:`resumes` is the next process."""
        async with self.storage.begin() as uow:
            update = self.as_kept(Inbound(self._id(), who, action=action))
            await uow.delivery.receive([update], self.clock())

    async def resumes(self) -> None:
        await self.intake.resume()
        await self.settle()

    def as_kept(self, inbound: Inbound) -> Received:
        """The update in which a platform would bring this."""
        self._inbound[inbound.id] = inbound
        where = inbound.group or inbound.sender
        return Received(where.channel, inbound.id, f"{where.channel}:{where.chat}", inbound.id)

    async def promises(self, *says: Say) -> None:
        """Let the bot say something of itself."""
        async with self.storage.begin() as uow:
            await uow.delivery.promise(says, self.clock())
        await self.settle()

    async def ticks(self, timer: Timer) -> None:
        """Let one timer look at the clock, and what it promises be said."""
        await self.dispatcher.run(timer)
        await self.settle()

    async def settle(self) -> None:
        await self._says_all()
        if self.over:
            await self.over.let_them_come(self._says_all)

    async def _says_all(self) -> None:
        await self.intake.drain()
        while await self.sender.send_due():
            pass

    async def ends(self) -> None:
        """Close what was opened; no limit of a platform was broken."""
        for platform in filter(None, (self.over, self.cards)):
            await platform.close()
            assert platform.fake.violations == []

    def _id(self) -> str:
        return str(next(self._ids))

    # --- what they read

    def last(self, who: Address) -> str:
        return self.channels[who.channel].chat(who.chat)[-1].text

    def all(self, who: Address) -> list[str]:
        return [s.text for s in self.channels[who.channel].chat(who.chat)]

    def card(self, where: Address, words: str) -> Sent:
        """The newest message in a chat that contains these words."""
        found = [s for s in self.channels[where.channel].chat(where.chat) if words in s.text]
        assert found, f"{words!r} is not among {self.all(where)}"
        return found[-1]

    def forget_what_was_said(self) -> None:
        for channel in self.channels.values():
            channel.forget()

    # --- how the community is

    async def has_everybody(self) -> None:
        """Households 3-1-101 (Ana) and 3-2-202 (Li), the staff, and building 3's group."""
        await self.has_households("3-1-101", "3-2-202", grid="2")
        await self.has_resident(ANA, "3-1-101", name="Ana")
        await self.has_resident(LI, "3-2-202", name="Li")
        await self.has_staff(ZHOU, "周警官", Role.MEMBER, ["utilities", "noise"], ["2"])
        await self.has_staff(WANG, "王师傅", Role.MEMBER, ["lift"], ["*"])
        await self.has_staff(HE, "何书记", Role.SECRETARY, ["*"], ["*"])
        await self.has_staff(SUN, "孙管理员", Role.ADMIN, ["*"], ["*"])
        await self.has_group(BUILDING_3, "building", "3")

    async def has_households(self, *doors: str, grid: str, first: int = 1) -> None:
        homes = [_household(n, door, 8_950, grid) for n, door in enumerate(doors, first)]
        await self._insert(t.households, homes)

    async def has_owners(
        self, doors: Mapping[Address | None, str], area: int = 8_950, first: int = 501
    ) -> None:
        """One owner for each door, who lives there; None has not joined. Titles have been seen.

        The flats they lived in before are no more: nobody owns them.
        """
        numbers = range(first, first + len(doors))
        homes = [_household(n, door, area) for n, door in zip(numbers, doors.values(), strict=True)]
        await self._insert(t.households, homes)
        vault = self.storage.vault
        for id, (who, door) in zip(numbers, doors.items(), strict=True):
            person = await self.has_resident(who, door) if who else None
            name = f"业主{id}"
            owner = {"id": id, "kind": "person", "name_sealed": vault.seal(name),
                     "name_hash": vault.keyed_hash("owner", name), "phone_hash": "",
                     "person_id": person}  # fmt: skip
            await self._insert(v.owners, [owner])
            holding = {"owner_id": id, "property": door, "household_id": id, "area": area,
                       "source": "register", "represents": 0,
                       "since": self.clock()}  # fmt: skip
            await self._insert(v.holdings, [holding])
        await self._clears_out()

    async def _clears_out(self) -> None:
        """Of the two flats that everybody's world begins with those that are empty."""
        h = t.households

        def ours(table: Table) -> ColumnElement[bool]:
            return table.c.community_id == self.storage.community

        lived_in, owned = (
            select(x.c.household_id).where(ours(x), x.c.household_id.is_not(None))
            for x in (t.people, v.holdings)
        )
        empty = ours(h), h.c.id.not_in(union(lived_in, owned)), h.c.id.in_((1, 2))
        async with self.storage.engine.begin() as connection:
            await connection.execute(h.delete().where(*empty))

    async def has_resident(self, who: Address, door: str, *, name: str = "") -> int:
        person = await self._person(who)
        building, unit, room = door.split("-")
        async with self.storage.begin() as uow:
            home = await uow.residents.household_at(building, unit, room)
            await uow.residents.change(person, household_id=home, consented_at=NOON)
            await uow.residents.call(person, name)
        return person

    async def has_staff(
        self,
        who: Address | None,
        name: str,
        role: Role,
        duties: list[str],
        grids: list[str],
        **more: object,
    ) -> int:
        person = await self._person(who) if who else None
        id = next(self._ids)
        vault = self.storage.vault
        row = {
            "id": id,
            "person_id": person,
            "name_sealed": vault.seal(name),
            "name_hash": vault.keyed_hash("staff", name),
            "role": role,
            "duties": duties,
            "grids": grids,
            "level": 1,
            "organisation": "",
        }
        row |= more
        await self._insert(t.staff, [row])
        return id

    async def has_group(self, address: Address, scope: str, value: str = "") -> None:
        async with self.storage.begin() as uow:
            await uow.groups.bind(Group(address, scope, value, "zh"))

    async def _person(self, who: Address) -> int:
        async with self.storage.begin() as uow:
            known = await uow.residents.visitor(who, who)
            person = known.person if known else await uow.residents.meet(who, "zh", NOON)
            await uow.residents.wrote_privately(who, None, NOON)
        return person.id

    async def _insert(self, table: object, rows: Iterable[dict[str, object]]) -> None:
        own = [{"community_id": self.storage.community, **row} for row in rows]
        async with self.storage.engine.begin() as connection:
            await connection.execute(table.insert(), own)  # type: ignore[attr-defined]


def _household(id: int, door: str, area: int, grid: str = "2") -> dict[str, object]:
    building, unit, room = door.split("-")
    place = {"building": building, "unit": unit, "room": room, "area": area, "grid": grid}
    return {"id": id, "owner_sealed": "", "phone_hash": ""} | place
