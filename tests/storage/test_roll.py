"""A roll in the database: drawn up from the lists, frozen with sealed labels, asked in a vote."""

from dataclasses import dataclass

import pytest

from domain.matters import Event, Matter, State
from domain.question import Question, RulePart, Scope
from domain.residents import Role
from domain.roll import COUNTS, DOES_NOT_COUNT, Block, Fault, Voter, owner_unit
from domain.voting import Sum, Unit
from storage.matters import Happened
from storage.roll import LOT, Label
from storage.uow import Storage
from tests.databases import NOON
from tests.electorate import adults, owns, speaks_for, verified
from tests.world import ANA, LI, MEI, SUN, FakeClock, World

COMMUNITY, STAIR, GRID = Scope("community"), Scope("unit", "3-1"), Scope("grid", "2")
MATTER = 1


@dataclass
class Town:
    storage: Storage
    ana: int
    li: int
    mei: int
    zhang: int  # owners
    wei: int
    builder: int

    @property
    def couple(self) -> str:
        return owner_unit((self.zhang, self.wei))


@pytest.fixture
async def town(storage: Storage) -> Town:
    """Ana owns 3-1-101 alone, and 3-2-202 with Wei; a developer 5-1-101 and a bay."""
    world = World(storage, FakeClock())
    await world.has_households("3-1-101", "3-2-202", "5-1-101", grid="2")
    ana = await world.has_resident(ANA, "3-1-101", name="Ana")
    li = await world.has_resident(LI, "3-2-202", name="Li")
    mei = await world.has_resident(MEI, "3-2-202", name="梅姨")
    sun = await world.has_staff(SUN, "孙管理员", Role.ADMIN, ["*"], ["*"])
    zhang = await owns(world, "张三", "3-1-101", ("3-2-202", 12_864), person=ana)
    wei = await owns(world, "魏五", ("3-2-202", 12_864))
    builder = await owns(world, "宏达", "5-1-101", "B1-07", kind="developer")
    await verified(world, ana, 3)
    await verified(world, li, 2)
    await verified(world, mei, 2, adult=0)
    await speaks_for(world, ana, "3-1-101")
    async with storage.begin() as uow:
        question = Question("换路灯", "", (RulePart("OWNER_ORDINARY", COMMUNITY),))
        number = await uow.matters.next_number()
        matter = Matter(number, "repair_fund", question, State.DRAFT, sun)
        await uow.matters.open(matter, Happened(Event.DRAFT, NOON))
    return Town(storage, ana, li, mei, zhang, wei, builder)


async def frozen(town: Town, unit: Unit, *scopes: Scope) -> None:
    async with town.storage.begin() as uow:
        drawn = await uow.roll.draw_up(unit, scopes, parking=DOES_NOT_COUNT)
        await uow.roll.write(MATTER, drawn.voters)


@pytest.mark.parametrize(
    ("scopes", "parking", "total"),
    [
        ((COMMUNITY,), DOES_NOT_COUNT, [Sum(3, 8_950 + 12_864 + 8_950)]),
        ((COMMUNITY,), COUNTS, [Sum(3, 8_950 + 12_864 + 8_950 + 1_250)]),
        ((STAIR, COMMUNITY), DOES_NOT_COUNT, [Sum(1, 8_950), Sum(3, 30_764)]),
        ((Scope("building", "5"),), COUNTS, [Sum(1, 8_950)]),
        ((GRID,), COUNTS, [Sum(3, 30_764)]),
    ],
)
async def test_owners_are_counted_within_the_scope(
    town: Town, scopes: tuple[Scope, ...], parking: str, total: list[Sum]
) -> None:
    async with town.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.OWNER, scopes, parking=parking)
        await uow.roll.write(MATTER, drawn.voters)
        counted = await uow.roll.totals(MATTER, len(scopes))

    assert list(counted) == total and not drawn.blocks


async def test_a_label_says_whose_vote_it_is_and_lies_sealed(town: Town) -> None:
    await frozen(town, Unit.OWNER, COMMUNITY)
    async with town.storage.begin() as uow:
        together = await uow.roll.voter(MATTER, town.couple)
        assert together is not None
        label = uow.roll.label(together)

    assert label == Label("张三、魏五", ("3-2-202",))
    assert "张三" not in together.label_sealed and together.fault == Fault.NEED_REPRESENTATIVE


async def test_households_vote_by_their_representative(town: Town) -> None:
    await frozen(town, Unit.HOUSEHOLD, COMMUNITY)
    async with town.storage.begin() as uow:
        [mine] = await uow.roll.may_answer(MATTER, town.ana)
        [home] = await uow.roll.concerning(MATTER, town.li)

        assert uow.roll.label(mine) == Label("", ("3-1-101",))
    assert home.person is None and home.fault == Fault.NEED_REPRESENTATIVE


async def test_residents_vote_who_are_verified_and_of_age_and_all_are_counted(town: Town) -> None:
    await adults(World(town.storage, FakeClock()), 2)
    await frozen(town, Unit.RESIDENT, COMMUNITY)
    async with town.storage.begin() as uow:
        voters = [voter async for voter in uow.roll.entries(MATTER)]
        at_door = await uow.roll.at_door(MATTER, "3-2-202")
        concerning = await uow.roll.concerning(MATTER, town.mei)
        labels = {uow.roll.label(voter) for voter in at_door if not voter.person}

    assert {v.person for v in voters if v.person} == {town.ana, town.li} and len(voters) == 6
    assert [v.person for v in at_door] == [None, town.li] and labels == {Label("", ("3-2-202",))}
    assert [v.unit for v in concerning] == [at_door[0].unit]


async def test_who_they_are_is_not_asked_where_nobody_said_how_many_live_there(town: Town) -> None:
    async with town.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.RESIDENT, (STAIR,))

    assert drawn.blocks == {Block.ADULTS_MISSING: ("3-1-101",)}


async def test_the_committee_meets_with_the_delegates(town: Town) -> None:
    async with town.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.DELEGATE, (COMMUNITY,), await uow.staff.all())

    assert len(drawn.voters) == 1 and not drawn.blocks


async def test_a_missing_area_keeps_the_roll_from_being_frozen(town: Town) -> None:
    world = World(town.storage, FakeClock())
    await owns(world, "李四", ("B1-08", None))
    async with town.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.OWNER, (COMMUNITY,), parking=COUNTS)

    assert drawn.blocks == {Block.AREA_MISSING: ("B1-08",)}


@pytest.mark.parametrize(
    ("scope", "doors"),
    [(COMMUNITY, ("3-1-102",)), (STAIR, ("3-1-102",)), (Scope("building", "5"), ())],
)
async def test_a_flat_that_the_list_of_owners_leaves_out_keeps_the_roll_from_being_frozen(
    town: Town, scope: Scope, doors: tuple[str, ...]
) -> None:
    await World(town.storage, FakeClock()).has_households("3-1-102", grid="2", first=4)
    async with town.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.OWNER, (scope,), parking=DOES_NOT_COUNT)

    assert drawn.blocks == ({Block.OWNER_MISSING: doors} if doors else {})


async def test_who_belongs_to_a_unit_is_found_though_another_answers_for_it(town: Town) -> None:
    """I3: Ana owns 3-2-202 with Wei; nobody represents them yet."""
    await frozen(town, Unit.OWNER, COMMUNITY)
    async with town.storage.begin() as uow:
        may = await uow.roll.may_answer(MATTER, town.ana)
        hers = await uow.roll.concerning(MATTER, town.ana)

    assert [v.unit for v in may] == [f"o:{town.zhang}"]
    assert {v.unit for v in hers} == {f"o:{town.zhang}", town.couple}


async def test_those_to_be_told_come_in_lots_until_they_have_heard_or_answered(town: Town) -> None:
    await frozen(town, Unit.RESIDENT, COMMUNITY)
    async with town.storage.begin() as uow:
        [first] = await uow.roll.untold(MATTER, 1, 1)
        await uow.roll.told(MATTER, [first.unit], 1)
        [second] = await uow.roll.untold(MATTER, 1, 5)
        assert {first.person, second.person} == {town.ana, town.li}
        assert len(await uow.roll.untold(MATTER, 2, 5)) == 2

        await uow.roll.answered(MATTER, second.unit)
        assert await uow.roll.untold(MATTER, 1, 5) == []


async def test_the_silent_whom_a_ballot_reached_are_summed_up(town: Town) -> None:
    await frozen(town, Unit.OWNER, STAIR, COMMUNITY)
    async with town.storage.begin() as uow:
        alone, together = f"o:{town.zhang}", town.couple
        await uow.roll.delivered(MATTER, [alone, together], NOON)
        assert await uow.roll.totals_silent(MATTER, 2) == (Sum(1, 8_950), Sum(2, 21_814))

        await uow.roll.answered(MATTER, alone)
        assert await uow.roll.totals_silent(MATTER, 2) == (Sum(0, 0), Sum(1, 12_864))


async def test_a_large_roll_is_read_in_the_order_of_its_units(town: Town) -> None:
    voters = [Voter(f"p:{n:05}", (None, n), None, "no_account") for n in range(2 * LOT + 1)]
    async with town.storage.begin() as uow:
        await uow.roll.write(MATTER, voters)
        read = [voter async for voter in uow.roll.entries(MATTER)]
        total = await uow.roll.totals(MATTER, 2)

    assert [v.unit for v in read] == [v.unit for v in voters]
    assert total == (Sum(0, 0), Sum(len(voters), sum(range(len(voters)))))
    assert len({v.salt for v in read}) == len(voters) and len(read[0].salt) == 32


async def test_the_hash_binds_every_voter_area_and_salt(town: Town) -> None:
    await frozen(town, Unit.OWNER, COMMUNITY)
    async with town.storage.begin() as uow:
        posted = await uow.roll.hash(MATTER, b"key")
        assert await uow.roll.hash(MATTER, b"key") == posted
        assert await uow.roll.hash(MATTER, b"another") != posted

        await uow.roll.clear(MATTER)
    await frozen(town, Unit.OWNER, COMMUNITY)
    async with town.storage.begin() as uow:
        assert await uow.roll.hash(MATTER, b"key") != posted


async def test_a_roll_drawn_up_anew_leaves_nothing_of_the_old_one(town: Town) -> None:
    await frozen(town, Unit.OWNER, COMMUNITY)
    async with town.storage.begin() as uow:
        await uow.roll.clear(MATTER)
    await frozen(town, Unit.HOUSEHOLD, STAIR)

    async with town.storage.begin() as uow:
        assert len([v async for v in uow.roll.entries(MATTER)]) == 1
