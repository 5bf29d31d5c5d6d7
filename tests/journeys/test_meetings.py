"""Meetings: an agenda of what is open and late, invitations, minutes that become cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from casework import reminding
from casework.meeting_actions import (
    AddPoint,
    AskWhich,
    CancelSitting,
    ChangePoint,
    CloseMinutes,
    ConfirmMeeting,
    EndMeeting,
    Invite,
    RemoveLine,
    SetChair,
    ShowMeeting,
    ShowMinutes,
    ShowSitting,
    TakeLine,
    TakeMove,
    TakePoint,
    TakeRule,
    WriteMinutes,
)
from casework.scene import System
from domain.conversation import Action, Address
from domain.health import Look, Score, Standing
from domain.health import State as Health
from domain.meetings import Course, Meeting, Sitting, Step
from domain.rates import Period
from domain.residents import Role
from domain.tickets import State
from scheduler.meetings import hold_meetings
from storage import tables as t
from storage import voting_tables as v
from storage.ids import Ids
from storage.uow import open_storage
from tests import deciding
from tests.databases import engine_for
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, SHANGHAI, SUN, WANG, ZHOU, World

GAO = Address("wechat", "gao")  # a secretary without buttons
STREET = Address("wechat", "street")
CHAIRS = pytest.mark.parametrize("chair", [HE, GAO])


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Of March 2026, in Shanghai; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


async def ticks(world: World, times: int = 1) -> None:
    for _ in range(times):
        await world.ticks(hold_meetings)


async def set_up(world: World, chair: Address = HE, rule: str = "每周三 9:30") -> None:
    """A weekly meeting of all the staff, set up by its chair on Monday noon."""
    if chair is GAO:
        await world.has_staff(GAO, "高书记", Role.SECRETARY, ["*"], ["*"])
    await world.writes(chair, "例会")
    await world.presses(chair, "新建例会")
    await world.writes(chair, "周例会")
    await world.writes(chair, rule)
    await world.presses(chair, "全体工作人员")
    await world.presses(chair, "选好了")
    await world.presses(chair, "定好了")


async def sitting(world: World, number: int = 1) -> Sitting:
    async with world.storage.begin() as uow:
        found = await uow.meetings.sitting(number)
    assert found is not None
    return found


async def planned(world: World) -> list[datetime]:
    async with world.storage.begin() as uow:
        return [s.starts_at for s in await uow.meetings.planned(1)]


async def falls_silent(world: World) -> None:
    """Building 3's group, by the last night's counts."""
    night = date(2026, 3, 16)
    look = Look(night, night, Standing(Health.DORMANT), Score(()), 40, 1, 20)
    async with world.storage.begin() as uow:
        await uow.health.note(BUILDING_3, look)
        await uow.digest.begin(BUILDING_3, "", None)


async def begun(world: World, chair: Address = HE) -> None:
    """Invited, held, and the chair writes the minutes."""
    await set_up(world, chair)
    await ticks(world)
    world.clock.now = at(4, 10, 45)
    await ticks(world, 3)
    await world.presses(chair, "记纪要")


@CHAIRS
async def test_a_meeting_from_setting_it_up_to_what_became_of_its_action_items(
    world: World, chair: Address
):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await set_up(world, chair)
    confirmed = "".join(world.all(chair))
    assert "下一次：3月4日周三 09:30" in confirmed and "周例会（进行中）" in confirmed

    await ticks(world)  # two days before: to the chair
    assert "议程" in world.last(chair) and "还没有议题" in world.last(chair)
    await world.presses(chair, "加一项")
    await world.writes(chair, "春节值班安排")
    await world.presses(chair, "加一项")
    await world.writes(chair, "消防检查")
    await world.presses(chair, "提到最前")
    await world.presses(chair, "第2项")
    assert "1）消防检查\n2）春节值班安排" in world.last(chair)
    await world.presses(chair, "划掉一项")
    await world.presses(chair, "第2项")
    assert "春节" not in world.last(chair)
    assert "周例会" not in world.last(ZHOU)

    world.clock.now = at(3, 9)  # the day before: to everybody invited
    await ticks(world, 2)
    for who in (ZHOU, WANG, SUN, chair):
        assert "周例会　3月4日周三 09:30" in world.last(who) and "1）消防检查" in world.last(who)
    assert "周例会" not in "".join(world.all(ANA) + world.all(BUILDING_3))

    world.clock.now = at(4, 10, 30)  # after it: the chair is asked
    await ticks(world, 2)
    assert "开完了吗" in world.last(chair) and "下一次：3月11日周三" in world.last(chair)
    await world.presses(chair, "记纪要")
    await world.writes(chair, "大家同意先修路灯")
    await world.writes(chair, "检查3号楼水管 @周警官 周五前\n换电梯灯 @王师傅")
    assert "一共3条" in world.last(chair)
    assert "周例会：检查3号楼水管" in "".join(world.all(ZHOU))
    await world.presses(chair, "记完了")
    for who in (chair, WANG, ZHOU):
        read = next(x for x in reversed(world.all(who)) if "纪要" in x and "· 大家" in x)
        assert "☑ 2号　检查3号楼水管：周警官负责" in read and "☑ 3号　换电梯灯" in read

    async with world.storage.begin() as uow:
        case = await uow.tickets.get(2)
        assert case is not None and case.ticket.state is State.DISPATCHED
        assert case.ticket.resolve_by == at(6, 17, 30)  # Friday, when work ends
        march = Period.month(date(2026, 3, 2), SHANGHAI)
        assert await uow.rates.lots(march) == [[1]]  # no resident asked for the others
    await world.writes(WANG, "签收 3")
    await world.writes(WANG, "办结 3 换好了")
    await world.presses(chair, "已解决")
    world.clock.now = at(9, 9)  # the next agenda begins with what is still open
    await ticks(world)
    agenda = world.last(chair) if chair is GAO else world.card(chair, "3月11日周三").text
    assert "1）【上次交办】2号　周例会：检查3号楼水管" in agenda and "换电梯灯" not in agenda
    await world.writes(chair, "例会")
    await world.presses(chair, "周例会")
    await world.presses(chair, "纪要　3月4日周三 09:30")
    assert "☑ 3号　换电梯灯：反映人确认已解决" in world.last(chair)


async def test_the_agenda_is_what_is_late_goes_round_and_stands_still(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(LI, "楼上拆承重墙，别说是我")
    await world.presses(LI, "公开方式")
    await world.presses(LI, "只给居委会看")
    await world.presses(LI, "提交")
    await deciding.drafted(world)
    world.clock.now = at(16, 9)
    await world.writes(ANA, "#建议 花坛没人浇水", group=BUILDING_3)
    async with world.storage.engine.begin() as connection:
        await connection.execute(t.tickets.update().where(t.tickets.c.number == 3).values(hop=3))
        await connection.execute(v.matters.update().values(due_at=at(10, 9)))
    await falls_silent(world)
    await world.has_staff(STREET, "赵科长", Role.MEMBER, ["*"], ["*"], level=2,
                          organisation="花园街道")  # fmt: skip
    await set_up(world)
    await world.presses(HE, "请谁")
    await world.presses(HE, "花园街道")
    await ticks(world, 1)
    agenda = world.card(HE, "议程").text
    assert "1）【超期】1号　路灯坏了：周警官负责" in agenda
    assert "【超期】2号　（只给居委会看的事，会上不念）" in agenda and "别说是我" not in agenda
    assert "【转了几手】3号　花坛没人浇水" in agenda
    assert "【群】3号楼群（buttons）：沉睡" in agenda
    assert "【议而未决】1号事项　加装电梯：草稿" in agenda
    world.clock.now = at(17, 9)
    await ticks(world, 2)

    assert "【超期】1号" in world.last(STREET) and "别说是我" not in world.last(STREET)


@CHAIRS
async def test_one_time_moved_one_left_out_and_the_end(world: World, chair: Address):
    await set_up(world, chair)
    await ticks(world)
    world.clock.now = at(3, 9)
    await ticks(world)
    assert "周例会　3月4日" in world.last(ZHOU)
    await world.writes(chair, "例会")
    await world.presses(chair, "周例会")
    await world.presses(chair, "议程　3月4日")
    await world.presses(chair, "改时间")
    await world.writes(chair, "每天 9:00")
    assert "看不懂，或者太近" in world.last(chair)
    await world.writes(chair, "3月6日 14:00")
    assert "原来3月4日周三 09:30，改到3月6日周五 14:00" in world.last(ZHOU)
    assert await planned(world) == [at(6, 14)]

    await world.presses(chair, "这次不开")
    await world.presses(chair, "是的，这次不开")
    assert "3月6日周五 14:00这次不开了" in world.last(ZHOU)
    assert "下一次：3月11日周三" in world.last(chair)
    assert await planned(world) == [at(11, 9, 30)]
    await world.writes(chair, "例会")
    await world.presses(chair, "周例会")
    await world.presses(chair, "以后不开了")
    await world.presses(chair, "是的，以后不开了")
    world.clock.now = at(11, 11)
    said = len(world.all(ZHOU))
    await ticks(world, 3)

    assert await planned(world) == [] and len(world.all(ZHOU)) == said


async def test_a_monthly_and_a_quarterly_one_and_another_day_for_all_times(world: World):
    await set_up(world, rule="每月第一个周五 9:30")
    assert await planned(world) == [at(6, 9, 30)]
    await world.presses(HE, "改时间安排")
    await world.writes(HE, "看情况")
    assert "看不懂这个时间" in world.last(HE)
    await world.writes(HE, "每季最后一个周五 14:00")
    assert "每季最后一个周五 14:00" in world.last(HE)

    assert await planned(world) == [at(27, 14)]


async def test_a_public_holiday_is_passed_over_and_said(world: World):
    closed = {date(2026, 3, 11): ()}
    calendar = replace(COMMUNITY.calendar, overrides=closed)
    community = replace(COMMUNITY, calendar=calendar)
    await set_up(world)
    world.clock.now = at(4, 10, 30)
    for _ in range(3):
        async with world.storage.begin() as uow:
            says = await hold_meetings(uow, world.clock(), community)
            await reminding.promise(System(community, world.clock(), uow), says)
    await world.settle()

    assert await planned(world) == [at(4, 9, 30), at(18, 9, 30)]
    assert "跳过：\n3月11日周三" in world.last(HE)


# --- minutes


@CHAIRS
async def test_what_is_not_clear_is_said_back_and_nothing_is_half_done(
    world: World, chair: Address
):
    await begun(world, chair)
    for line, said in (
        ("换灯 @赵师傅 周五前", "名字我没找到"),
        ("@王师傅 周五前", "要办什么"),
        ("字" * 301, "太长了"),
    ):
        await world.writes(chair, line)
        assert said in world.last(chair)
    await world.writes(chair, "先记一条\n换灯 @王师傅 2026-03-01")
    assert "日期已经过了" in world.last(chair)
    await world.writes(chair, "再记一条")
    assert "一共2条" in world.last(chair)
    await world.presses(chair, "删掉上一条")
    assert "还有1条" in world.last(chair)
    await world.presses(chair, "记完了")
    async with world.storage.begin() as uow:
        assert [x.text for x in await uow.meetings.lines(1)] == ["先记一条"]
        assert await uow.tickets.get(1) is None


async def test_minutes_longer_than_a_message_are_read_in_pages(world: World):
    await begun(world)
    await world.writes(HE, "\n".join(f"第{n}条" for n in range(1, 21)))
    await world.presses(HE, "记完了")
    assert "第15条" in world.last(ZHOU) and "第16条" not in world.last(ZHOU)
    await world.presses(ZHOU, "下一页")

    assert "第16条" in world.last(ZHOU) and "第15条" not in world.last(ZHOU)


async def test_an_action_item_of_months_does_not_climb_before_its_day(world: World):
    await begun(world)
    await world.writes(HE, "改造车棚 @周警官 2026-12-04")
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case is not None and case.ticket.resolve_by is not None
    assert case.ticket.resolve_by.astimezone(SHANGHAI).date() == date(2026, 12, 4)
    assert case.ticket.resolve_by.astimezone(SHANGHAI).time() <= time(17, 30)


# --- who may


FORGED: tuple[Action, ...] = (
    ShowMeeting(1), ShowSitting(1), AskWhich(1, "strike"), ChangePoint(1, 1, "strike"),
    TakePoint(1), TakeMove(1), CancelSitting(1, 1), WriteMinutes(1), TakeLine(1),
    RemoveLine(1, 1), CloseMinutes(1), ShowMinutes(1, 0), TakeRule(1), Invite(1, "all", ""),
    SetChair(1, 1), EndMeeting(1, 1), ConfirmMeeting(1),
)  # fmt: skip


@pytest.mark.parametrize("who", [ANA, LI])
async def test_residents_see_and_change_nothing(world: World, who: Address):
    await set_up(world)
    await world.writes(who, "例会")
    assert "例会是工作人员用的" in world.last(who)
    for forged in FORGED:
        await world.does(who, forged)
        assert "没有这个例会" in world.last(who) or "由书记和管理员" in world.last(who)

    assert await planned(world) == [at(4, 9, 30)]


async def test_those_invited_read_and_change_nothing(world: World):
    await set_up(world)
    await world.does(ZHOU, ShowSitting(1))
    assert "周例会" in world.last(ZHOU) and not world.buttons.chat(ZHOU.chat)[-1].buttons
    for forged in FORGED[2:11]:
        await world.does(ZHOU, forged)
        assert "由主持人、书记和管理员改" in world.last(ZHOU)
    await world.does(HE, AskWhich(1, "burn"))
    await world.does(HE, SetChair(1, 999))
    await world.does(HE, WriteMinutes(1))

    assert "会还没开" in world.last(HE)
    assert (await sitting(world)).course is Course.PLANNED


async def test_another_chair_has_the_agenda_and_while_away_the_deputy(world: World):
    deputy = await world.has_staff(GAO, "高师傅", Role.MEMBER, ["lift"], ["1"])
    async with world.storage.engine.begin() as connection:
        of_wang = t.staff.update().where(t.staff.c.name_hash == name_hash(world, "王师傅"))
        await connection.execute(of_wang.values(deputy_id=deputy))
    await set_up(world)
    await world.presses(HE, "换主持人")
    await world.presses(HE, "王师傅")
    await world.writes(GAO, "例会")
    await world.does(GAO, AddPoint(1))
    assert "由主持人、书记和管理员改" in world.last(GAO)
    await world.writes(WANG, "请假 到3月10日")
    await ticks(world)
    await world.presses(GAO, "加一项")
    await world.writes(GAO, "电梯年检")

    assert "1）电梯年检" in world.last(GAO)


def name_hash(world: World, name: str) -> str:
    return world.storage.vault.keyed_hash("staff", name)


# --- the timer


async def test_a_bot_that_was_off_invites_nobody_to_what_is_over(world: World):
    await set_up(world)
    world.clock.now = at(5, 10)
    before = len(world.all(ZHOU))
    await ticks(world, 4)
    assert len(world.all(ZHOU)) == before
    assert "开完了吗" in world.last(HE)  # the minutes can still be written
    async with world.storage.begin() as uow:
        assert (await uow.budget.dropped(at(1, 0)))["too_late"] >= 4  # the chair and those invited

    assert await planned(world) == [at(4, 9, 30), at(11, 9, 30)]


async def test_two_processes_say_it_once(world: World):
    await set_up(world)
    await ticks(world)
    world.clock.now = at(3, 9)
    url = world.storage.engine.url.render_as_string(hide_password=False)
    async with engine_for(url) as engine:
        vault = world.storage.vault
        other = World(await open_storage(engine, "test", vault, Ids(world.clock)), world.clock)
        await world.dispatcher.run(hold_meetings)
        await other.dispatcher.run(hold_meetings)
        await world.settle()
        await other.settle()

    invited = [x for w in (world, other) for x in w.all(ZHOU) if "周例会　3月4日" in x]
    assert len(invited) == 1


async def test_a_clock_that_is_set_back_says_nothing_twice(world: World):
    await set_up(world)
    await ticks(world)
    world.clock.now = at(3, 9)
    await ticks(world)
    world.clock.now = at(2, 9)
    await ticks(world)
    world.clock.now = at(3, 9)
    await ticks(world)

    assert (await sitting(world)).step is Step.INVITED
    assert len([x for x in world.all(ZHOU) if "周例会　3月4日" in x]) == 1


async def test_the_minutes_of_who_leaves_stay_without_the_name(world: World):
    await begun(world)
    await world.writes(HE, "先记一条")
    async with world.storage.begin() as uow:
        he = await uow.residents.visitor(HE, HE)
        assert he is not None
        kept = await uow.privacy.everything(he.person.id)
        assert [row["text"] for row in kept["minutes"]] == ["先记一条"]
        await uow.privacy.forget(he.person.id, world.clock.now)
        assert [x.text for x in await uow.meetings.lines(1)] == ["先记一条"]


async def test_an_unfinished_draft_is_no_meeting(world: World):
    async with world.storage.begin() as uow:
        staff = await uow.staff.all()
        await uow.meetings.save(Meeting(1, "周例会", "", staff[0].id), world.clock.now)
    await world.does(HE, ConfirmMeeting(1))
    assert "什么时候开" in world.last(HE)
    await world.writes(HE, "每周三 9:30")

    assert "请谁参加" in world.last(HE) and await planned(world) == []
