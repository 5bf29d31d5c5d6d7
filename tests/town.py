"""A community as its staff would set it up, for tests and measurements of the whole bot.

Writes a config.yaml and names the environment beside it, and brings people along straight
into the database. Speaks to no platform.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from bot.config import DATABASE_URL, SECRET_KEY, TELEGRAM_TOKEN
from domain.conversation import Address
from domain.residents import Role
from storage import tables as t
from storage.groups import Group
from storage.uow import Storage
from tests.databases import SECRET
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser

OURS = Path(__file__).parents[1] / "config.yaml"
TOKEN = "1000:only-for-tests"
GRIDS = ("1", "2", "3")  # those of config.yaml


def fake_telegram() -> FakeTelegram:
    return FakeTelegram(token=TOKEN)


def written_config(folder: Path, telegram: str | None, **parts: Any) -> Path:
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


async def settle(storage: Storage, town: Town) -> None:
    """Everybody lives where they live, and has said hello to the bot already."""
    now = datetime.now(UTC)  # noqa: TID251, DTZ005
    async with storage.begin() as uow:
        ids = iter(range(1, 1_000_000))
        homes = {r.door: next(ids) for r in town.residents}
        people = {u.id: next(ids) for u in town.everybody()}
        living = {r.user.id: homes[r.door] for r in town.residents}
        offices = {town.secretary.id: (Role.SECRETARY, ["*"], ["*"])}
        offices |= {u.id: (Role.MEMBER, [d], [g]) for (d, g), u in town.staff.items()}
        rows: dict[Any, list[dict[str, Any]]] = {
            t.households: [_household(id, door) for door, id in homes.items()],
            t.people: [
                {"id": id, "name_sealed": "", "language": "zh", "created_at": now,
                 "household_id": living.get(user)}
                for user, id in people.items()
            ],
            t.accounts: [
                {"channel": "telegram", "chat": str(user), "person_id": id, "private_at": now}
                for user, id in people.items()
            ],
            t.staff: [
                {"id": next(ids), "person_id": people[user], "role": role, "duties": duties,
                 "grids": grids, "name_sealed": storage.vault.seal(f"officer {user}"),
                 "name_hash": storage.vault.keyed_hash("staff", str(user))}
                for user, (role, duties, grids) in offices.items()
            ],
        }  # fmt: skip
        for n, group in enumerate(town.groups, 1):
            address = Address("telegram", str(group.id))
            await uow.groups.bind(Group(address, "building", str(n), "zh"))
    async with storage.engine.begin() as connection:
        for table, new in rows.items():
            ours = [{"community_id": storage.community} | row for row in new]
            await connection.execute(table.insert(), ours)


def _household(id: int, door: str) -> dict[str, Any]:
    building, unit, room = door.split("-")
    grid = GRIDS[int(building) % len(GRIDS)]
    return {"id": id, "building": building, "unit": unit, "room": room, "area": 8_950,
            "grid": grid, "owner_sealed": "", "phone_hash": ""}  # fmt: skip
