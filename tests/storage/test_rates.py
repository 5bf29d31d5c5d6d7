"""Which cases the rates of a period are made of: none left out however late, none foreign."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.clocks import Stamp
from domain.rates import Answer, Period
from domain.tickets import Event as E
from domain.tickets import State, Ticket
from storage.ids import Ids
from storage.rates import LOT
from storage.ratings import Rating
from storage.tickets import Case, Happened
from storage.uow import Storage, UnitOfWork, open_storage
from storage.vault import Vault
from tests.databases import NOON, SECRET
from tests.storage.test_tickets import WANG, ZHOU, a_resident, ana
from tests.world import SHANGHAI

__all__ = ["ana"]  # the fixture
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), SHANGHAI)
FEBRUARY = MARCH.before()
DAY = timedelta(days=1)
BUDGETS = {"resolve": "3 days"}


async def opened(
    uow: UnitOfWork, author: int, *, accepted: datetime | None = NOON, **ticket: Any
) -> int:
    """A case with its first events; without ``accepted`` it waits for somebody."""
    number = await uow.tickets.next_number()
    values: dict[str, Any] = {"grid": "2", "holder": ZHOU, "opened_at": accepted or NOON} | ticket
    begun = Ticket(number, author, "utilities", State.DISPATCHED, **values)
    submitted = Happened(E.SUBMIT, begun.opened_at or NOON, author, data={"budgets": BUDGETS})
    events = [(begun, submitted)]
    events += [(begun, Happened(E.ACCEPT, accepted))] if accepted else []
    return (await uow.tickets.open(Case(begun, "路灯"), events)).number


async def numbers(storage: Storage, period: Period, holder: int | None = None) -> list[int]:
    async with storage.begin() as uow:
        return [n for lot in await uow.rates.lots(period, holder=holder) for n in lot]


async def test_a_case_belongs_to_the_month_in_which_it_was_accepted(storage: Storage, ana: int):
    late = datetime(2026, 2, 20, tzinfo=NOON.tzinfo)
    async with storage.begin() as uow:
        now = await opened(uow, ana)
        await opened(uow, ana, accepted=None)
        waited = await opened(uow, ana, accepted=NOON, opened_at=late)

    assert await numbers(storage, MARCH) == [now, waited]
    assert await numbers(storage, FEBRUARY) == []


@pytest.mark.parametrize(
    ("round", "resolve_by", "belongs"),
    [
        (1, NOON + 10 * DAY, True),
        (1, MARCH.end, False),
        (1, MARCH.begin, True),
        (1, MARCH.begin - DAY, False),
        (2, MARCH.begin - DAY, True),  # the first round may have been due later
        (2, MARCH.end + 90 * DAY, True),  # or earlier
    ],
)
async def test_a_promise_that_may_have_fallen_due_is_looked_at_however_old_its_case_is(
    storage: Storage, ana: int, round: int, resolve_by: datetime, belongs: bool
):
    old = NOON - 300 * DAY
    async with storage.begin() as uow:
        number = await opened(uow, ana, accepted=old, round=round, resolve_by=resolve_by)

    assert await numbers(storage, MARCH) == ([number] if belongs else [])


async def test_a_case_opened_after_the_period_is_not_read_for_it(storage: Storage, ana: int):
    async with storage.begin() as uow:
        await opened(uow, ana, round=2, resolve_by=NOON)

    assert await numbers(storage, FEBRUARY) == []


async def test_a_member_is_given_the_cases_they_lead(storage: Storage, ana: int):
    async with storage.begin() as uow:
        mine = await opened(uow, ana)
        await opened(uow, ana, holder=WANG)

    assert await numbers(storage, MARCH, holder=ZHOU) == [mine]


async def test_a_case_comes_with_its_events_in_order_and_its_authors_answers(
    storage: Storage, ana: int
):
    li = await a_resident(storage, "102")
    async with storage.begin() as uow:
        number = await opened(uow, ana)
        for round, person, solved in ((1, ana, "no"), (2, ana, "yes"), (2, li, "no")):
            await uow.ratings.answer(Rating(number, round, person, solved), NOON)
        await uow.ratings.satisfied(number, 2, ana, 4)
        [record] = await uow.rates.records([number])

    assert list(record.stamps) == [Stamp(E.SUBMIT, NOON, BUDGETS), Stamp(E.ACCEPT, NOON)]
    assert (record.grid, record.category, record.holder) == ("2", "utilities", ZHOU)
    assert set(record.answers) == {Answer("no"), Answer("yes", 4)}


async def test_many_cases_come_in_lots_and_each_once(storage: Storage, ana: int):
    async with storage.begin() as uow:
        opened_now = [await opened(uow, ana, resolve_by=NOON + DAY) for _ in range(LOT + 1)]
        lots = await uow.rates.lots(MARCH)
        records = [record for lot in lots for record in await uow.rates.records(lot)]

    assert [len(lot) for lot in lots] == [LOT, 1]
    assert [n for lot in lots for n in lot] == opened_now
    assert len(records) == LOT + 1 and all(len(r.stamps) == 2 for r in records)


async def test_another_communitys_cases_are_not_ours(storage: Storage, ana: int):
    vault = Vault(SECRET)
    other = await open_storage(storage.engine, "other", vault, Ids(lambda: NOON))
    async with storage.begin() as uow:
        number = await opened(uow, ana)

    async with other.begin() as uow:
        assert await uow.rates.lots(MARCH) == []
        assert await uow.rates.records([number]) == []
