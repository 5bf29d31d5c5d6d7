"""Paper and help at the door: one officer writes it down, and somebody else says that it is so.

Zhou writes; He confirms. Ana has buttons and Li numbers; the owner of 3-2-302 has no account.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.entry_actions import ConfirmEntry, RefuseEntry, YesIDo
from casework.matter_actions import NotMe
from domain.conversation import Address
from domain.residents import Role
from handlers.residents import ForgetMe
from scheduler.matters import move_matters
from storage import voting_tables as v
from tests.electorate import person
from tests.handed_in import ballots, closes, moment, opened, standing
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, WANG, ZHOU, World

DOORS = {ANA: "3-2-101", LI: "3-2-201", MEI: "3-2-301", None: "3-2-302"}
SCAN = {"photo": "scan-1"}
BOTH = pytest.mark.parametrize(("who", "door"), [(ANA, "3-2-101"), (LI, "3-2-201")])


@pytest.fixture
async def stair(world: World) -> World:
    await world.has_owners(DOORS)
    await opened(world)
    return world


async def writes_down(world: World, door: str, answer: str, officer: Address = ZHOU) -> None:
    await world.writes(officer, f"纸票 1 {door}")
    await world.presses(officer, answer)
    await world.writes(officer, "", **SCAN)


async def entry(world: World) -> int:
    """The number of the newest entry, as only a forged button would know it."""
    async with world.storage.begin() as uow:
        return max(e.id for e in await uow.entries.waiting())


@BOTH
async def test_paper_counts_once_a_second_officer_has_compared_it(
    stair: World, who: Address, door: str
):
    await stair.writes(ZHOU, f"纸票 1 {door}")
    assert f"业主50{1 if who == ANA else 2}（{door}）" in stair.last(ZHOU)
    await stair.presses(ZHOU, "不同意")
    assert "请拍下签过名的那张纸" in stair.last(ZHOU)
    await stair.writes(ZHOU, "", **SCAN)

    assert "确认前不计" in stair.last(ZHOU) and "何书记" in stair.last(ZHOU)
    asked = stair.card(HE, "请核对")
    assert "不同意" in asked.text and asked.picture is not None
    assert await ballots(stair) == []
    await stair.presses(HE, "和纸上一致")

    assert await ballots(stair) == [("no", "paper", True)]
    for officer in (ZHOU, HE):
        assert "回执 1:" in stair.last(officer) and "不同意" not in stair.last(officer)
    assert "有一票为您记下了" in stair.last(who) and "不同意" not in stair.last(who)
    assert [s.picture for s in stair.buttons.chat(BUILDING_3.chat) if s.picture] == []


async def test_who_wrote_it_cannot_confirm_it(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.does(ZHOU, ConfirmEntry(await entry(stair)))

    assert "录入的人不能自己确认" in stair.last(ZHOU)
    assert await ballots(stair) == []


async def test_the_voter_can_say_that_it_was_not_theirs(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.presses(HE, "和纸上一致")
    await stair.presses(ANA, "不是我投的")
    assert "会联系您" in stair.last(ANA)
    assert "不是本人投的" in stair.last(SUN)

    said = len(stair.all(SUN))
    await stair.does(ANA, NotMe(1, 1))
    assert len(stair.all(SUN)) == said  # once is enough


async def test_nobody_writes_down_or_confirms_their_own(stair: World):
    await stair.has_staff(LI, "李委员", Role.MEMBER, ["*"], ["*"])
    await stair.writes(LI, "纸票 1 3-2-201")
    assert "和您自己有关" in stair.last(LI)

    await writes_down(stair, "3-2-201", "同意")
    await stair.does(LI, ConfirmEntry(await entry(stair)))
    assert "和您自己有关" in stair.last(LI) and await ballots(stair) == []


async def test_who_has_no_account_votes_on_paper(stair: World):
    await writes_down(stair, "3-2-302", "弃权")
    await stair.presses(HE, "和纸上一致")

    assert await standing(stair) == ["abstain"]


async def test_sent_back_it_does_not_count_and_may_be_written_anew(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.presses(HE, "不一致，退回")
    assert "没有计入" in stair.last(ZHOU) and await ballots(stair) == []

    await writes_down(stair, "3-2-101", "不同意")
    await stair.presses(HE, "和纸上一致")
    assert await standing(stair) == ["no"]


async def test_one_of_a_flat_waits_at_a_time_and_can_be_taken_back(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.writes(WANG, "纸票 1 3-2-101")
    assert "已经有一张在等确认" in stair.last(WANG)

    await stair.presses(ZHOU, "收回，重新录")
    await stair.writes(WANG, "纸票 1 3-2-101")
    assert "纸票上勾的是哪一个" in stair.last(WANG)


async def test_what_waits_is_listed_for_those_who_may_confirm(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.writes(WANG, "待确认")
    assert "1号　纸票　业主501（3-2-101）" in stair.last(WANG)
    await stair.presses(WANG, "1号　纸票")
    await stair.presses(WANG, "和纸上一致")
    assert await standing(stair) == ["yes"]

    await stair.writes(WANG, "待确认")
    assert "没有等您确认的" in stair.last(WANG)


async def test_another_officer_may_be_asked(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.presses(ZHOU, "请别人确认")
    await stair.presses(ZHOU, "王师傅")

    assert "已请王师傅核对" in stair.last(ZHOU)
    await stair.presses(WANG, "和纸上一致")
    assert await standing(stair) == ["yes"]


async def test_paper_of_another_grid_is_none_of_their_business(stair: World):
    far = Address("buttons", "far")
    await stair.has_staff(far, "远委员", Role.MEMBER, ["*"], ["1"])
    await stair.writes(far, "纸票 1 3-2-101")
    assert "本网格的工作人员" in stair.last(far)
    await stair.writes(MEI, "纸票 1 3-2-101")
    assert "本网格的工作人员" in stair.last(MEI)


async def test_people_of_the_property_company_write_down_nothing(stair: World):
    guard = Address("buttons", "guard")
    await stair.has_staff(guard, "保安", Role.MEMBER, ["*"], ["*"], organisation="安心物业")
    await stair.writes(guard, "纸票 1 3-2-101")
    assert "物业公司的人不能办" in stair.last(guard)


async def test_no_door_is_spoken_of_in_a_group(stair: World):
    stair.forget_what_was_said()
    await stair.writes(ZHOU, "/纸票 1 3-2-101", group=BUILDING_3)
    assert "私下" in stair.last(ZHOU)
    assert stair.all(BUILDING_3) == []


async def test_what_nobody_confirmed_before_the_close_is_not_counted_and_said(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    id = await entry(stair)
    await closes(stair)

    assert "1 张录入的纸票" in stair.card(SUN, "已计票").text
    await stair.does(HE, ConfirmEntry(id))
    assert "已经截止" in stair.last(HE) and await ballots(stair) == []
    await stair.does(HE, RefuseEntry(id))
    await stair.writes(HE, "待确认")
    assert "没有等您确认的" in stair.last(HE)


async def test_before_the_close_officers_are_reminded_of_what_waits(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    stair.forget_what_was_said()
    stair.clock.now = await moment(stair, "closes_at") - timedelta(hours=23)
    stair.clock.now = stair.clock.now.replace(hour=2)  # ten in the morning
    for _ in range(3):
        await stair.ticks(move_matters)

    for officer in (ZHOU, HE):
        assert [t for t in stair.all(officer) if "1 张录入的在等" in t] == [stair.last(officer)]
    await stair.presses(HE, "看等确认的")
    assert "1号　纸票" in stair.last(HE)


async def test_the_scan_stays_when_a_former_officer_is_forgotten(stair: World):
    await writes_down(stair, "3-2-101", "同意")
    await stair.presses(HE, "和纸上一致")
    zhou = await person(stair, ZHOU)
    async with stair.storage.begin() as uow:
        staff = next(s for s in await uow.staff.all() if s.person == zhou)
        await uow.staff.join(staff.id, None)
    await stair.does(ZHOU, ForgetMe(1))

    assert "删除" in stair.last(ZHOU) or stair.all(ZHOU) == []
    async with stair.storage.engine.connect() as connection:
        scans = await connection.execute(select(v.entries.c.photo_id))
        [scan] = scans.scalars()
    async with stair.storage.begin() as uow:
        assert scan in await uow.tickets.attachments({scan})


async def test_late_paper_is_refused(stair: World):
    stair.clock.now = await moment(stair, "closes_at")
    await stair.writes(ZHOU, "纸票 1 3-2-101")
    assert "已经截止" in stair.last(ZHOU)


async def test_a_door_that_is_not_on_the_roll_is_asked_for_again(stair: World):
    await stair.writes(ZHOU, "纸票 1 3-2-999")
    assert "名册上没有找到" in stair.last(ZHOU)
    await stair.writes(ZHOU, "3-2-101")
    assert "纸票上勾的是哪一个" in stair.last(ZHOU)


# --- ballots brought to a door


async def test_a_ballot_signed_for_at_the_door_is_noted_as_delivered(stair: World):
    await stair.writes(ZHOU, "送达 1 3-2-302 3-9-999")
    assert "已送达：3-2-302" in stair.last(ZHOU) and "没有记下的" in stair.last(ZHOU)

    async with stair.storage.begin() as uow:
        voter = await uow.roll.voter(1, "o:504")
        events = [e for e in await uow.matters.events(1) if e.event == "deliver"]
    assert voter and voter.delivered_at == stair.clock.now
    assert len(events) == 1 and "3-2-302" not in str(events[0].data)


async def test_doors_beyond_those_noted_at_once_are_named_and_asked_for(stair: World):
    """The 31st stood in neither list."""
    doors = [f"3-9-{n}" for n in range(101, 130)] + ["3-2-302", "3-2-101", "3-2-201"]
    await stair.writes(ZHOU, "送达 1 " + " ".join(doors))
    assert "这些还没有记：3-2-101、3-2-201\n" in stair.last(ZHOU)

    await stair.writes(ZHOU, "3-2-101 3-2-201")
    assert "已送达：3-2-101、3-2-201" in stair.last(ZHOU)


# --- help for somebody who has an account


@BOTH
async def test_only_their_own_press_makes_it_a_ballot(stair: World, who: Address, door: str):
    await stair.writes(ZHOU, f"代填 1 {door}")
    await stair.presses(ZHOU, "同意")
    assert "周警官帮您填了：同意" in stair.last(who)
    assert await ballots(stair) == []
    await stair.presses(who, "是，就这样投")

    assert await ballots(stair) == [("yes", "helper", True)]
    assert "已记录" in stair.last(who) and "同意" not in stair.last(who).replace("不同意", "")
    assert "本人已确认" in stair.last(ZHOU)


@BOTH
async def test_who_says_no_has_cast_nothing(stair: World, who: Address, door: str):
    await stair.writes(ZHOU, f"代填 1 {door}")
    await stair.presses(ZHOU, "同意")
    await stair.presses(who, "不是")

    assert await ballots(stair) == []
    assert "没有投" in stair.last(who) and "本人说不是这样" in stair.last(ZHOU)


async def test_nobody_else_can_say_yes_for_them_and_a_later_question_counts(stair: World):
    for answer in ("同意", "不同意"):
        await stair.writes(ZHOU, "代填 1 3-2-101")
        await stair.presses(ZHOU, answer)
    async with stair.storage.begin() as uow:
        [waits] = await uow.entries.waiting_for(1, "o:501")
    await stair.does(LI, YesIDo(waits.id))
    await stair.does(ZHOU, YesIDo(waits.id))
    assert await ballots(stair) == []

    await stair.does(ANA, YesIDo(waits.id))
    assert await standing(stair) == ["no"]


async def test_it_expires_at_the_close(stair: World):
    await stair.writes(ZHOU, "代填 1 3-2-101")
    await stair.presses(ZHOU, "同意")
    stair.clock.now = await moment(stair, "closes_at") + timedelta(seconds=1)
    await stair.presses(ANA, "是，就这样投")

    assert "已经截止" in stair.last(ANA) and await ballots(stair) == []


async def test_nobody_fills_in_for_who_cannot_be_asked(stair: World):
    await stair.writes(ZHOU, "代填 1 3-2-302")
    assert "不能代填" in stair.last(ZHOU)
