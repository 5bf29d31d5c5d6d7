"""A community as its staff would set it up, for tests and measurements of the whole bot.

Writes a config.yaml and names the environment beside it, and brings people along straight
into the database. Speaks to no platform.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import yaml

from bot.clock import system_clock
from bot.config import DATABASE_URL, SECRET_KEY, TELEGRAM_TOKEN
from bot.imports import (
    plan_household_list,
    plan_staff_list,
    write_household_list,
    write_staff_list,
)
from domain.community import Community
from domain.conversation import Address
from domain.residents import Role
from storage import tables as t
from storage.uow import Storage
from storage.vault import Vault
from tests.databases import NOON, SECRET
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser

Row = dict[str, Any]

OURS = Path(__file__).parents[1] / "config.yaml"
TOKEN = "1000:only-for-tests"
GRIDS = ("1", "2", "3")  # those of config.yaml


class FastClock:
    """Faster than the wall's, so that nobody waits for Telegram's pace.

    A message is given up for dead after two minutes by this clock: let those be longer than
    one exchange with a stand-in that is busy.
    """

    def __init__(self, times: int) -> None:
        self._times = times
        self._began = monotonic()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """The same, steady, for the pace."""
        return (monotonic() - self._began) * self._times


def fake_telegram() -> FakeTelegram:
    return FakeTelegram(token=TOKEN)


def written_config(
    folder: Path, telegram: str | None, webhook: Row | None = None, **parts: Any
) -> Path:
    """The repository's own config.yaml for a community of tests; ``parts`` replace its parts."""
    settings = yaml.safe_load(OURS.read_text("utf-8"))
    settings["community"]["code"] = "test"
    settings["web"] = {"host": "127.0.0.1", "port": 0}
    if telegram:
        settings["channels"]["telegram"] = {
            "enabled": True,
            "username": "linli_bot",
            "base_url": telegram,
            "per_second": 1000,
            **({"mode": "webhook", "webhook": webhook} if webhook else {}),
        }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings | parts, allow_unicode=True), "utf-8")
    return path


def environment(database: str) -> dict[str, str]:
    """The secrets that config.yaml must not hold."""
    return {SECRET_KEY: SECRET, TELEGRAM_TOKEN: TOKEN, DATABASE_URL: database}


@dataclass(frozen=True)
class Resident:
    """Somebody who has written to the bot before, with the home and the group they have."""

    user: FakeUser
    door: str
    group: FakeGroup


@dataclass(frozen=True)
class Town:
    residents: list[Resident]
    staff: Mapping[tuple[str, str], FakeUser]  # by duty and grid
    secretary: FakeUser
    groups: list[FakeGroup] = field(default_factory=list)

    def everybody(self) -> Iterable[FakeUser]:
        return (*(r.user for r in self.residents), *self.staff.values(), self.secretary)

    def introduce(self, fake: FakeTelegram) -> None:
        fake.knows(*self.everybody(), *self.groups)


def made_up(duties: Iterable[str], *, residents: int, buildings: int) -> Town:
    """A town with one officer for each duty of each grid and one group for each building."""
    numbers = count(200_001)
    staff = {(duty, grid): FakeUser(next(numbers), duty) for duty in duties for grid in GRIDS}
    groups = [FakeGroup(-3_000 - n, f"{n}号楼") for n in range(1, buildings + 1)]
    people = [
        Resident(
            FakeUser(100_000 + n, "Ana"),
            f"{n % buildings + 1}-1-{n // buildings + 101}",
            groups[n % buildings],
        )
        for n in range(residents)
    ]
    return Town(people, staff, FakeUser(200_000, "何"), groups)


async def settled(storage: Storage, seconds: float = 10) -> dict[str, int]:
    """Messages by what became of them, once nothing waits to be sent any more."""
    async with asyncio.timeout(seconds):
        while True:
            async with storage.begin() as uow:
                counts = await uow.delivery.counts()
            if not counts.keys() & {"pending", "sending"}:
                return counts


async def lives_at(storage: Storage, at: Address, door: str) -> None:
    """Somebody who has said hello lives there, as if they had joined with a code."""
    async with storage.begin() as uow:
        found = await uow.residents.visitor(at, at)
        home = await uow.residents.household_at(*door.split("-"))
        assert found
        await uow.residents.change(found.person.id, household_id=home)


async def settle(storage: Storage, town: Town) -> None:
    """Everybody lives where they live, and has said hello to the bot already."""
    homes = _numbered(r.door for r in town.residents)
    people = _numbered(str(user.id) for user in town.everybody())
    async with storage.engine.begin() as connection:
        for table, rows in (
            (t.households, [_household(id, door) for door, id in homes.items()]),
            (t.people, _people(town, homes, people)),
            (t.accounts, [_account(user, id) for user, id in people.items()]),
            (t.staff, list(_staff(town, people, storage.vault))),
            (t.groups, [_group(n, group) for n, group in enumerate(town.groups, 1)]),
        ):
            ours = [{"community_id": storage.community} | row for row in rows]
            await connection.execute(table.insert(), ours)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: id for id, name in enumerate(dict.fromkeys(names), 1)}


def _household(id: int, door: str) -> Row:
    building, unit, room = door.split("-")
    place = {"building": building, "unit": unit, "room": room, "area": 8_950}
    return {"id": id, "grid": grid_of(building), "owner_sealed": "", "phone_hash": ""} | place


def grid_of(building: str) -> str:
    return GRIDS[int(building) % len(GRIDS)]


def _people(town: Town, homes: dict[str, int], people: dict[str, int]) -> list[Row]:
    living = {str(r.user.id): homes[r.door] for r in town.residents}
    about = {"name_sealed": "", "language": "zh", "created_at": system_clock()}
    return [about | {"id": id, "household_id": living.get(user)} for user, id in people.items()]


def _account(user: str, person: int) -> Row:
    return {"channel": "telegram", "chat": user, "person_id": person, "private_at": system_clock()}


def _staff(town: Town, people: dict[str, int], vault: Vault) -> Iterator[Row]:
    offices = [(town.secretary, Role.SECRETARY, "*", "*")]
    offices += [(user, Role.MEMBER, duty, grid) for (duty, grid), user in town.staff.items()]
    for id, (user, role, duty, grid) in enumerate(offices, 1):
        name = f"officer {user.id}"
        sealed = {"name_sealed": vault.seal(name), "name_hash": vault.keyed_hash("staff", name)}
        held = {"role": role, "duties": [duty], "grids": [grid]}
        yield {"id": id, "person_id": people[str(user.id)]} | held | sealed


def _group(building: int, group: FakeGroup) -> Row:
    scope = {"scope": "building", "scope_value": str(building), "language": "zh"}
    return {"channel": "telegram", "chat": str(group.id)} | scope


async def brings_along(
    storage: Storage, community: Community, folder: Path, homes: str, people: str
) -> None:
    """Households and staff, as lists in CSV."""
    households, staff = folder / "households.csv", folder / "staff.csv"
    households.write_text(homes, "utf-8")
    staff.write_text(people, "utf-8")
    found = await plan_household_list(storage, community, households)
    await write_household_list(storage, found.plan)
    listed = await plan_staff_list(storage, community, staff)
    await write_staff_list(storage, community, listed.plan, NOON)
