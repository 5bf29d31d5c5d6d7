"""Ninety days of a community in virtual time: ``python -m benchmarks.days --share 0.1``.

The bot's own handlers, timers, budget and sender on SQLite; people as ``model.py`` says. What it
prints is the model's, and says nothing about people.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Shown
from sqlalchemy import func, select

from benchmarks import machine
from benchmarks.model import WAKING, ZONE, People, Size
from bot.channels.base import Outgoing
from casework.actions import SaySolved
from casework.ladder_views import TakeStep
from domain.conversation import Address
from domain.residents import Role
from scheduler.timers import TIMERS
from storage import alive_tables as alive
from storage import tables as t
from storage.groups import Group, hashed
from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests import databases
from tests.databases import NOON
from tests.statements import signs
from tests.votes import has_vote
from tests.world import HE, SUN, ZHOU, FakeChannel, FakeClock, World

console = Console(width=130)
Deed = Callable[[], Awaitable[object]]
STEP = timedelta(hours=3)  # from one look of the timers at the clock to the next
STAFF = {ZHOU.chat, HE.chat, SUN.chat}
SAME = 2  # an officer is warned at 50 and at 80 percent in the same words
SPARE = 10  # days at the end in which nothing new is said


class Counted(FakeChannel):
    """Counts what is new in each chat by week, and what is said again in the same words."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("buttons", has_buttons=True)
        self._clock = clock
        self._numbers = count(1)
        self.by_week: Counter[tuple[str, int]] = Counter()
        self.doubled = 0
        self._said: dict[tuple[str, int], list[datetime]] = {}

    async def send(self, message: Outgoing) -> str:
        if message.edits:
            return message.edits
        now = self._clock.now
        key = message.chat, hash((message.text, message.buttons))
        lately = [at for at in self._said.get(key, []) if now - at < timedelta(days=1)]
        self._said[key] = [*lately, now]
        self.doubled += len(lately) >= (SAME if message.chat in STAFF else 1)
        self.by_week[message.chat, (now - NOON).days // 7] += 1
        return str(next(self._numbers))


class Days:
    def __init__(self, world: World, size: Size, seed: int, *, ladder: bool) -> None:
        self.world, self.size, self.ladder = world, size, ladder
        self.people = People(Random(seed))
        self.helpers = People(Random(seed + 1))  # of their own, so that the rest stays the same
        self.told = Counted(world.clock)
        world.channels["buttons"] = self.told
        self.groups = [Address("buttons", f"-{1000 + n}") for n in range(size.groups)]
        self._diary: list[tuple[datetime, int, Deed]] = []
        self._order = count()
        self._taken: set[int] = set()
        self.cases = 0

    def later(self, at: datetime, deed: Deed) -> None:
        heappush(self._diary, (at, next(self._order), deed))

    def home(self, resident: int) -> int:
        return resident % self.size.groups

    def resident(self, number: int) -> Address:
        return Address("buttons", f"r{number}")

    async def begin(self) -> None:
        """Everybody lives where they live; what is said is spread over the days."""
        await self.world.has_staff(ZHOU, "周警官", Role.MEMBER, ["*"], ["*"])
        await self.world.has_staff(HE, "何书记", Role.SECRETARY, ["*"], ["*"])
        await self.world.has_staff(SUN, "孙管理员", Role.ADMIN, ["*"], ["*"])
        for number, group in enumerate(self.groups):
            await self.world.has_group(group, "building", str(number + 1))
        await self._settle()
        active = self.size.days - SPARE
        for number in range(self.size.cases):
            self.later(self.people.some_day(NOON, active), lambda n=number: self.says(n))
        for number in range(self.size.questions):
            self.later(self.people.some_day(NOON, active), lambda n=number: self.asks(n))
        for number in range(self.size.matters):
            opens = NOON + timedelta(days=1 + number * (active - 10) / self.size.matters)
            self.later(opens, lambda n=number: self.decides(n))

    async def _settle(self) -> None:
        numbers = range(self.size.residents)
        homes = [{"id": n + 1, "building": str(self.home(n) + 1), "unit": "1", "room": str(n),
                  "area": 8_950, "grid": "2", "owner_sealed": "", "phone_hash": ""}
                 for n in numbers]  # fmt: skip
        people = [{"id": 10**9 + n, "language": "zh", "name_sealed": "", "household_id": n + 1,
                   "consented_at": NOON, "created_at": NOON} for n in numbers]  # fmt: skip
        accounts = [{"channel": "buttons", "chat": f"r{n}", "person_id": 10**9 + n,
                     "private_at": NOON} for n in numbers]  # fmt: skip
        for table, rows in ((t.households, homes), (t.people, people), (t.accounts, accounts)):
            await self.world._insert(table, rows)

    async def says(self, number: int) -> None:
        who = self.people.random.randrange(self.size.residents)
        words = f"#建议 路灯{signs(Random(number))}"
        await self.world.writes(self.resident(who), words, group=self.groups[self.home(who)])
        self.cases += 1
        case, now = self.cases, self.world.clock.now
        self.later(self.people.accepts(now), lambda: self.accepts(case, who))

    async def accepts(self, case: int, who: int) -> None:
        await self.world.writes(ZHOU, f"签收 {case}")
        self.later(self.people.after(self.world.clock.now, 72), lambda: self.mends(case, who))

    async def mends(self, case: int, who: int) -> None:
        await self.world.writes(ZHOU, f"办结 {case} 已修好")
        if self.people.does(0.6):
            answer = self.people.after(self.world.clock.now, 24)
            self.later(
                answer, lambda: self.world.does(self.resident(who), SaySolved(case, 1, "yes"))
            )

    async def asks(self, number: int) -> None:
        who = self.people.random.randrange(self.size.residents)
        group, now = self.groups[self.home(who)], self.world.clock.now
        words = f"请问{signs(Random(-number))}几点开门？"
        asked = f"q{number}"
        await self.world.writes(self.resident(who), words, group=group, message=asked)
        if self.people.does(0.6):
            other = self.resident((who + self.size.groups) % self.size.residents)
            at = self.people.after(now, 2)
            self.later(at, lambda: self.replies(other, group, asked))
        else:
            at = self.people.after(now, 24)
            self.later(at, lambda: self.replies(ZHOU, group, asked))

    async def replies(self, who: Address, group: Address, asked: str) -> None:
        await self.world.writes(who, "八点", group=group, replies_to=asked)

    async def decides(self, number: int) -> None:
        """Nobody answers: the most reminders that there can be."""
        voters = self.size.residents // self.size.matters
        await has_vote(
            self.world.storage, voters, first=1 + number * voters, opens=self.world.clock.now,
            accounts=lambda n: [Address("buttons", f"v{n}")],
        )  # fmt: skip

    async def run(self) -> None:
        clock = self.world.clock
        end, day = NOON + timedelta(days=self.size.days), -1
        while clock.now < end:
            until = clock.now + STEP
            while self._diary and self._diary[0][0] <= until:
                at, _, deed = heappop(self._diary)
                clock.now = max(clock.now, at)
                await deed()
            clock.now = until
            if (clock.now - NOON).days > day:
                day = (clock.now - NOON).days
                await self.talk(day)
            for timer in TIMERS:
                await self.world.dispatcher.run(timer)
            await self.world.settle()
            if clock.now.astimezone(ZONE).hour in WAKING and self.ladder:
                await self.take_steps()

    async def talk(self, day: int) -> None:
        """Who writes in each group on one day: numbers alone, as the bot keeps them."""
        here = self.size.residents // self.size.groups
        for number, place in enumerate(self.groups):
            many = self.people.write_today(number, day // 7, here)
            await self._wrote(place, many, self.people)

    async def _wrote(self, place: Address, many: int, people: People) -> None:
        scope = Group(place, "building", "", "zh")
        vault, today = self.world.storage.vault, self.world.clock.now.astimezone(ZONE).date()
        who = people.random.sample(range(self.size.residents), many)
        rows = [{"channel": place.channel, "chat": place.chat, "day": today, "posts": 1,
                 "person": hashed(vault, scope, self.resident(n))} for n in who]  # fmt: skip
        async with self.world.storage.engine.begin() as connection:
            own = [{"community_id": self.world.storage.community, **row} for row in rows]
            if own:
                made = alive.group_days.insert().prefix_with("OR IGNORE")
                await connection.execute(made, own)

    async def take_steps(self) -> None:
        g = alive.group_steps
        async with self.world.storage.engine.connect() as connection:
            query = select(g.c.id, g.c.chat).where(g.c.state == "offered")
            offered = (await connection.execute(query)).all()
        for step in offered:
            if step.id in self._taken:
                continue
            self._taken.add(step.id)
            if self.helpers.does(0.7):
                await self.world.does(ZHOU, TakeStep(step.id, 1))
                here = self.size.residents // self.size.groups
                at = self.helpers.after(self.world.clock.now, 24)
                place, many = Address("buttons", step.chat), round(here * 0.3)
                self.later(at, lambda p=place, m=many: self._wrote(p, m, self.helpers))

    async def report(self) -> dict[str, str]:
        figures: dict[str, str] = {}
        weekly = [n for (chat, _), n in self.told.by_week.items() if chat[0] in "rv"]
        weeks, residents = self.size.days // 7, self.size.residents * 2
        figures["messages a resident and week, answers too: p50 / p95 / max"] = _spread(
            weekly, residents * weeks
        )
        figures["of these unasked, against 2 in 7 days"] = await self._unasked()
        figures["doubled: the same words again within a day"] = str(self.told.doubled)
        figures["lost: due and not done at the end"] = str(await self._lost())
        figures["dropped, with why"] = str(await self._dropped())
        figures[
            "first answer of a person to a case, hours: p50 / p95"
        ] = await self._first_answers()
        figures["to a question in a group, hours: p50 / p95"] = await self._question_answers()
        figures["groups by state"] = await self._states()
        return figures

    async def _rows(self, query: Any) -> list[Any]:
        async with self.world.storage.engine.connect() as connection:
            return list((await connection.execute(query)).all())

    async def _unasked(self) -> str:
        """The most in any seven days, of each person, among what caps count."""
        p = alive.pushes
        times: dict[int, list[datetime]] = {}
        for row in await self._rows(
            select(p.c.person_id, p.c.at).where(p.c.person_id.is_not(None))
        ):
            times.setdefault(row.person_id, []).append(row.at)
        week = timedelta(days=7)
        most = [max(sum(a <= b < a + week for b in own) for a in own) for own in times.values()]
        return _spread(most, self.size.residents * 2) + " in the last 30 days"

    async def _lost(self) -> int:
        """Messages that should have left, clocks that should have been heard, an hour ago."""
        ago = self.world.clock.now - timedelta(hours=1)
        o, h, k = t.outbox, alive.held, t.tickets
        queries = (
            select(func.count()).where(o.c.state != "sent", o.c.not_before < ago),
            select(func.count()).where(h.c.state == "waiting", h.c.try_at < ago),
            select(func.count()).where(k.c.next_at < ago),
        )
        return sum([(await self._rows(query))[0][0] for query in queries])

    async def _dropped(self) -> dict[str, int]:
        async with self.world.storage.begin() as uow:
            return await uow.budget.dropped(NOON)

    async def _first_answers(self) -> str:
        e = t.ticket_events
        first = select(e.c.ticket, func.min(e.c.at).label("at")).where(e.c.event == "sign")
        signed = {r.ticket: r.at for r in await self._rows(first.group_by(e.c.ticket))}
        opened = await self._rows(select(t.tickets.c.number, t.tickets.c.opened_at))
        waits = [signed[r.number] - r.opened_at for r in opened if r.number in signed]
        return _hours(waits) + f", {len(opened) - len(waits)} of {len(opened)} had none"

    async def _question_answers(self) -> str:
        q = alive.questions
        rows = await self._rows(select(q.c.asked_at, q.c.answered_at))
        waits = [r.answered_at - r.asked_at for r in rows if r.answered_at]
        return _hours(waits) + f", {len(rows) - len(waits)} of {len(rows)} had none"

    async def _states(self) -> str:
        states: Counter[str] = Counter()
        async with self.world.storage.begin() as uow:
            for place in self.groups:
                looks = await uow.health.looks(place, 1)
                states[looks[0].standing.state if looks else "unseen"] += 1
        return ", ".join(f"{state} {many}" for state, many in states.most_common())


def _spread(found: list[int], of: int) -> str:
    """With those who got none."""
    every = sorted([0] * max(0, of - len(found)) + found)
    return " / ".join(str(every[int(share * (len(every) - 1))]) for share in (0.5, 0.95, 1))


def _hours(waits: list[timedelta]) -> str:
    hours = sorted(wait.total_seconds() / 3600 for wait in waits)
    return (
        " / ".join(f"{hours[int(s * (len(hours) - 1))]:.1f}" for s in (0.5, 0.95)) if hours else "-"
    )


def main(
    share: Annotated[float, typer.Option(help="Of the community of 12,000 residents.")] = 1.0,
    days: int = 90,
    seed: int = 1,
) -> None:
    """Messages, reminders, first answers and the groups' states, with the ladder on and off."""
    size = Size(days=days).part(share)
    console.print(machine.described())
    console.print(f"before: {machine.load()}; {size}")
    found = {}
    for ladder in (True, False):
        began = perf_counter()
        found[ladder] = asyncio.run(played(size, seed, ladder=ladder))
        found[ladder]["real minutes"] = f"{(perf_counter() - began) / 60:.1f}"
    shown = Shown("of the model, not of people", "ladder on", "ladder off")
    for what in found[True]:
        shown.add_row(what, found[True][what], found[False][what])
    console.print(shown)
    console.print(f"after: {machine.load()}")


async def played(size: Size, seed: int, *, ladder: bool) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'days.db'}"
        await databases.migrate(url)
        clock = FakeClock()
        async with databases.engine_for(url) as engine:
            storage = await open_storage(engine, "days", Vault(databases.SECRET), Ids(clock))
            days = Days(World(storage, clock), size, seed, ladder=ladder)
            await days.begin()
            await days.run()
            return await days.report()


if __name__ == "__main__":
    typer.run(main)
