"""The books of a bot: what it accepted, did and promised adds up, whatever happened meanwhile."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select

from storage import soundness
from storage import tables as t
from storage.uow import Storage
from tests.fake_telegram import FakeTelegram

LISTED = ("unknown", "failed", "blocked")  # not sent, and the admin sees them (/delivery)


@dataclass(frozen=True)
class Books:
    """Totals, after everything has been checked against everything else."""

    accepted: int  # updates that are in the inbox
    waiting: int
    given_up: int
    cases: int
    promises: Counter[str]  # by state
    repeated: int


async def account_for(
    storage: Storage, fake: FakeTelegram, said: Iterable[str], *, given_up: int = 0
) -> Books:
    """Check that nothing was lost and nothing done twice; ``said`` are the suggestions made.

    Accepted updates are handled, waiting, or given up with an apology; each suggestion is one
    case; each promise is sent, or listed as what it is; what people read was promised.
    """
    inbox, outbox = await every(storage, t.inbox), await every(storage, t.outbox)
    kept = {int(row.update_id) for row in inbox}
    taken = {number for number in fake.confirmed if number >= 0}
    assert taken <= kept, f"confirmed and lost: {sorted(taken - kept)}"

    waiting = [row for row in inbox if row.done_at is None]
    faulty = [row.error for row in inbox if row.error]
    assert len(faulty) == given_up, f"given up: {faulty}"
    assert all(row.payload is None for row in inbox if row.done_at), "words kept for nothing"

    cases = Counter(row.summary for row in await every(storage, t.tickets))
    assert cases == Counter(said), "suggestions and cases differ"

    states = Counter(row.state for row in outbox)
    repeated = sum(row.repeated for row in outbox)
    doubtful = repeated + sum(states[state] for state in LISTED)
    assert _written(fake) - _known(outbox) <= doubtful, "people read what nobody promised"
    missing = [row.id for row in outbox if row.state == "sent" and not _arrived(fake, row)]
    assert not missing, f"sent, and not there: {missing}"

    async with storage.engine.connect() as connection:
        assert await soundness.broken(connection) == []
    return Books(len(inbox), len(waiting), len(faulty), cases.total(), states, repeated)


def each_promise_was_kept_or_is_listed(
    fake: FakeTelegram, books: Books, said: Iterable[str], copies: int
) -> None:
    """Of each suggestion so many messages are read at least, or are among those that are listed."""
    listed = sum(books.promises[state] for state in LISTED)
    short = sum(max(0, copies - _readers(fake, words)) for words in said)
    assert short <= listed, f"{short} messages are missing, {listed} are listed"


def _readers(fake: FakeTelegram, words: str) -> int:
    """In how many chats the bot has written these words."""
    return len({m.chat for m in fake.chats.all() if m.sender is fake.me and words in m.text})


def _written(fake: FakeTelegram) -> int:
    return sum(m.sender is fake.me for m in fake.chats.all())


def _known(outbox: list[Row[Any]]) -> int:
    """Messages of the platform that some promise knows as its own; edits are of the same one."""
    return len({(row.chat, row.message) for row in outbox if row.message})


def _arrived(fake: FakeTelegram, row: Row[Any]) -> bool:
    number = str(row.message or "").partition(":")[0].lstrip("pq")
    return not number or any(str(m.id) == number for m in fake.chats.written(int(row.chat)))


async def every(storage: Storage, table: Table) -> list[Row[Any]]:
    """All rows, in the order of their key."""
    async with storage.engine.connect() as connection:
        query = select(table).order_by(*table.primary_key.columns)
        return list((await connection.execute(query)).all())
