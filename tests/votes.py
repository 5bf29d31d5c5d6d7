"""An open vote of any size, written straight into the tables, for tests and measurements.

Each voter is a person with one flat, and an account on both made-up platforms unless said else.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import update

from domain.bundle import Signed
from domain.conversation import Address
from domain.matters import Event, Matter, State
from domain.question import Question, RulePart, Scope, frozen
from domain.record import Entry, Log, Moment, Opening, canonical, pseudonym, roll_hash
from domain.roll import Voter
from storage import tables as t
from storage import voting_tables as v
from storage.ballots import head_of, log_of
from storage.matters import Happened, Kept
from storage.uow import Storage
from tests.databases import NOON

QUESTION = Question(
    "换路灯", "是否同意换路灯？", (RulePart("OWNER_SPECIAL", Scope("community")),),
    parking="does_not_count",
)  # fmt: skip
Accounts = Callable[[int], Sequence[Address]]

VOTERS = 3_000_000_000  # their ids; others of the tests lie below
LOT = 5_000  # rows in one statement


def unit(number: int) -> str:
    return f"o:{number}"


def account(number: int, channel: str = "buttons") -> Address:
    return Address(channel, f"voter{number}")


def area(number: int) -> int:
    """In 0.01 m², unlike for neighbours."""
    return 6_000 + number * 37 % 9_000


def on_both(number: int) -> tuple[Address, ...]:
    return account(number), account(number, "wechat")


async def has_vote(
    storage: Storage,
    voters: int,
    *,
    first: int = 1,
    opens: datetime = NOON,
    days: int = 7,
    accounts: Accounts = on_both,
) -> Kept:
    """A matter of any member of the staff that is voted on, with its roll frozen.

    Its voters are numbered from ``first``; nobody votes in two of them.
    """
    numbers = range(first, first + voters)
    await has_voters(storage, numbers, accounts)
    async with storage.begin() as uow:
        number = await uow.matters.next_number()
        staff = (await uow.staff.all())[0].id
        closes = opens + timedelta(days=days)
        question = replace(QUESTION, opens_at=opens, closes_at=closes)
        told = canonical(frozen(number, "test", "repair_fund", question))
        matter = Matter(
            number, "repair_fund", question, State.OPEN, staff, next_at=closes,
            text_hash=sha256(told).hexdigest(), opens_at=opens, closes_at=closes,
        )  # fmt: skip
        kept = await uow.matters.open(matter, Happened(Event.OPEN, opens))
        salted = replace(kept, salt=uow.ballots.salt())
        await uow.roll.write(number, [_voter(n) for n in numbers])
        entries = [
            Entry(uow.ballots.vid(salted, each.unit), 1, each.areas, each.salt)
            async for each in uow.roll.entries(number)
        ]
        hashed = roll_hash(entries)
        bound = replace(matter, roll_hash=hashed)
        begun = Log.begin(number, matter.text_hash, hashed)
        columns = {"salt": salted.salt, "last": begun.last, "units": voters}
        columns["frozen"] = told.decode()
        await uow.matters.save(kept, bound, Happened(Event.FREEZE, opens), **columns)
    async with storage.begin() as uow:
        found = await uow.matters.get(number)
    assert found
    return found


async def everybody_votes(
    storage: Storage, number: int, begin: datetime, end: datetime, choices: str = "yes yes no"
) -> None:
    """One ballot of each voter, evenly spread, written straight into the tables."""
    async with storage.begin() as uow:
        kept = await uow.matters.get(number)
        assert kept
        voters = [voter async for voter in uow.roll.entries(number)]
        head = head_of(kept, Moment.OPENING, begin)
        await uow.ballots.head(Signed(head, uow.ballots.sign(head), begin))
    each, log, answers = (end - begin) / len(voters), log_of(kept), choices.split()
    key = storage.vault.matter_key(number, bytes.fromhex(kept.salt))
    rows = []
    for n, voter in enumerate(voters):
        choice, nonce, at = answers[n % len(answers)], f"{n:032x}", begin + n * each
        opening = Opening(pseudonym(key, voter.unit), choice, 1, voter.areas, nonce)
        log, line = log.append(opening, at)
        rows.append(
            {"community_id": storage.community, "matter": number, "seq": line.seq, "at": at,
             "vid": line.vid, "choice": choice, "areas": list(voter.areas), "nonce": nonce,
             "commit": line.commit, "via": "chat", "stands": 1, "hash": line.hash}
        )  # fmt: skip
    grown = {"ballots": log.tree.size, "last": log.last, "frontier": list(log.tree.peaks)}
    its = v.matters.c.number == number
    voted = update(v.voters).where(v.voters.c.matter == number).values(took_part=1)
    async with storage.engine.begin() as connection:
        for start in range(0, len(rows), LOT):
            await connection.execute(v.ballots.insert(), rows[start : start + LOT])
        await connection.execute(voted)
        await connection.execute(update(v.matters).where(its).values(voted=len(rows), **grown))


def _voter(number: int) -> Voter:
    door = f"{number % 50 + 1}-{number // 50 % 6 + 1}-{number // 300 + 101}"
    return Voter(unit(number), (area(number),), VOTERS + number, properties=(door,))


async def has_voters(storage: Storage, numbers: range, accounts: Accounts = on_both) -> None:
    """People whom the bot knows, with their accounts."""
    ours = {"community_id": storage.community}
    async with storage.engine.begin() as connection:
        for at in range(0, len(numbers), LOT):
            lot = numbers[at : at + LOT]
            people = [ours | {"id": VOTERS + n, "language": "zh", "created_at": NOON}
                      for n in lot]  # fmt: skip
            theirs = [ours | _account(n, place) for n in lot for place in accounts(n)]
            await connection.execute(t.people.insert(), people)
            await connection.execute(t.accounts.insert(), theirs)


def _account(number: int, place: Address) -> dict[str, object]:
    who = {"person_id": VOTERS + number, "private_at": NOON}
    return {"channel": place.channel, "chat": place.chat} | who
