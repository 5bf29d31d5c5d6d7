"""The weekly digest: what was asked and done, to a group once a week, and alone on wish."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from casework import reminding
from casework.actions import SaySolved
from casework.digest import ReadDigest, ShowPicture
from casework.scene import System
from domain.conversation import Address
from domain.residents import Role
from handlers.digest import AskDay, ListDigests, PickDay, PickHour
from handlers.groups import BotLeft, GroupMoved
from scheduler.budget import release_held
from scheduler.digest import write_digests
from storage import tables as t
from storage.ids import Ids
from storage.uow import open_storage
from tests import deciding
from tests.databases import engine_for
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, MEI, SUN, WANG, ZHOU, World

FRIDAY = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
QIAN = Address("wechat", "qian")  # an admin without buttons
LAMP = "3号楼门口路灯坏了"


async def on_friday(world: World, days: int = 0) -> None:
    """The timer sees the groups, then the moment comes; a second tick changes nothing."""
    await world.ticks(write_digests)
    world.clock.now = FRIDAY
    world.clock.advance(days=days)
    await world.ticks(write_digests)
    await world.ticks(write_digests)


async def asked(world: World, text: str = LAMP, who: Address = ANA) -> None:
    await world.writes(who, f"#建议 {text}", group=BUILDING_3)
    world.clock.advance(minutes=1)


async def solved(world: World, number: int = 1, *, shown: bool = True) -> None:
    await world.writes(ZHOU, f"签收 {number}")
    await world.writes(ZHOU, f"办结 {number} 已换新灯", photo="new-lamp")
    if shown:
        await world.presses(ZHOU, "照片可以放进群周报")
    await world.does(ANA, SaySolved(number, 1, "yes"))


def digests(world: World, who: Address = BUILDING_3) -> list[str]:
    return [text for text in world.all(who) if "您提的，我们办的" in text]


async def test_a_group_reads_what_was_asked_answered_solved_and_why_the_rest_is_open(
    world: World,
):
    await asked(world)
    await asked(world, "楼道水管漏水")
    await asked(world, "电梯有异响，晚上吵得睡不着，请尽快派人来检查维修一下")
    await solved(world)
    await world.writes(ZHOU, "签收 2")
    await world.writes(LI, "谁知道小区几点停水？", group=BUILDING_3)
    await world.writes(ANA, "九点", group=BUILDING_3)
    await world.writes(LI, "物业电话是多少？", group=BUILDING_3)
    await on_friday(world)

    [told] = digests(world)
    assert "2月27日周五到3月6日周五" in told
    assert "提了3件，2件已有人接手" in told
    assert "群里问了2个问题，1个有人回答" in told
    assert "解决了1件" in told and "1号　3号楼门口路灯坏了" in told
    assert "还没办完2件" in told and "2号　楼道水管漏水：" in told
    assert "3号　电梯有异响，晚上吵得睡不着，请尽快派人来检…：" in told
    assert len(told.splitlines()) <= 11 and len(told) < 300
    assert "周警官" not in told and "Ana" not in told and "3-1-101" not in told
    picture = world.card(BUILDING_3, "您提的").picture
    assert picture is not None and picture.ref == "new-lamp"


@pytest.mark.parametrize("text", ["late", "hold"])
async def test_what_is_late_is_called_late_and_what_is_on_hold_is_not(world: World, text: str):
    await asked(world)
    await world.writes(ZHOU, "签收 1")
    if text == "hold":
        await world.writes(ZHOU, "挂账 1 等材料，到3月20日")
        await world.presses(HE, "同意")
    await on_friday(world)

    assert ("超过了答应的时间" in digests(world)[0]) is (text == "late")
    assert ("挂账中" in digests(world)[0]) is (text == "hold")


async def test_nothing_new_nothing_is_sent_and_the_next_one_goes_on_where_the_last_ended(
    world: World,
):
    await asked(world)
    await on_friday(world)
    assert len(digests(world)) == 1
    await on_friday(world, days=7)
    assert len(digests(world)) == 1  # the case is still open, which is no news
    await solved(world)
    await on_friday(world, days=14)

    assert len(digests(world)) == 2 and "没有新提的事" in digests(world)[1]


async def test_who_spoke_without_a_name_or_to_the_committee_alone_is_not_found_out(world: World):
    await world.writes(ANA, "邻居家太吵")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "只给居委会看")
    await world.presses(ANA, "提交")
    await world.writes(ANA, "楼下路灯坏了")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "不署名")
    await world.presses(ANA, "提交")
    await world.writes(ZHOU, "签收 2")
    await world.writes(ZHOU, "办结 2 好了", photo="door-plate")
    assert "照片可以放进" not in str(world.buttons.chat(ZHOU.chat)[-1].buttons)
    await world.does(ZHOU, ShowPicture(2, 1))
    assert "没有能放进周报的照片" in world.last(ZHOU)
    await world.does(ANA, SaySolved(2, 1, "yes"))
    await on_friday(world)

    [told] = digests(world)
    assert "提了1件" in told and "太吵" not in told and "Ana" not in told
    assert world.card(BUILDING_3, "您提的").picture is None


async def test_a_picture_is_shown_only_where_its_holder_said_so(world: World):
    await asked(world)
    await solved(world, shown=False)
    await world.does(WANG, ShowPicture(1, 1))
    await world.does(ANA, ShowPicture(1, 1))
    await on_friday(world)

    assert world.card(BUILDING_3, "您提的").picture is None


async def test_taken_back_it_stays_out(world: World):
    await asked(world)
    await solved(world)
    await world.presses(ZHOU, "不要放进周报")
    await on_friday(world)

    assert world.card(BUILDING_3, "您提的").picture is None


async def test_a_decision_and_what_became_of_it(world: World):
    await deciding.published(world, "同意")
    world.clock.advance(hours=1)
    async with world.storage.begin() as uow:
        await uow.digest.begin(BUILDING_3, "weekly 5 18:00", world.clock.now)
    await world.ticks(write_digests)

    [told] = digests(world)
    assert "1号事项　加装电梯：通过，" in told


# --- alone


@pytest.mark.parametrize("who", [ANA, LI])
async def test_read_alone_by_who_wants_it_until_they_have_had_enough(world: World, who: Address):
    await asked(world)
    await world.writes(who, "周报")
    assert "提了1件" in digests(world, who)[0] and "每周五 18:00" in world.last(who)
    await world.presses(who, "每周私下发我一份")
    assert "也发您一份" in world.last(who)
    world.forget_what_was_said()
    await on_friday(world)
    assert len(digests(world, who)) == 1
    await world.presses(who, "少发点／退订")
    assert digests(world, MEI) == []

    await world.writes(who, "周报")
    await world.presses(who, "不用再发我")
    await asked(world, "楼道水管漏水")
    await on_friday(world, days=7)
    assert len(digests(world)) == 2
    assert len([t for t in digests(world, who) if "楼道" in t]) == 0


@pytest.mark.parametrize("who", [ANA, LI])
async def test_unsubscribed_means_no_digest_and_asking_again_means_one(world: World, who: Address):
    await world.writes(who, "周报")
    await world.presses(who, "每周私下发我一份")
    await world.writes(who, "退订")
    await asked(world)
    world.forget_what_was_said()
    await on_friday(world)
    assert digests(world, who) == [] and len(digests(world)) == 1

    await world.does(who, ReadDigest(1, 1))
    await asked(world, "楼道水管漏水")
    await on_friday(world, days=7)
    assert len(digests(world, who)) == 1


async def test_the_button_under_the_group_s_leads_to_ones_own_chat(world: World):
    await asked(world)
    await on_friday(world)
    assert world.card(BUILDING_3, "您提的").links == {"每周私下发我一份": "w1"}
    await world.writes(ANA, "/start w1")

    assert "也发您一份" in world.last(ANA) and "3号楼群" in world.last(ANA)


async def test_who_has_no_group_hears_so(world: World):
    await world.writes(MEI, "周报")
    assert "还没有您家的群" in world.last(MEI)
    await world.does(MEI, ReadDigest(99, 1))
    assert "还没有您家的群" in world.last(MEI)


# --- when


@pytest.mark.parametrize("admin", [SUN, QIAN])
async def test_an_admin_chooses_the_day_and_the_hour(world: World, admin: Address):
    await world.has_staff(QIAN, "钱管理员", Role.ADMIN, ["*"], ["*"])
    await world.writes(admin, "周报")
    assert "3号楼群：每周五 18:00" in world.last(admin)
    await world.presses(admin, "3号楼群")
    await world.presses(admin, "改哪天、几点")
    await world.presses(admin, "每周三")
    await world.presses(admin, "10:00")
    assert "3号楼群的周报：每周三 10:00" in world.last(admin)
    await asked(world)
    world.clock.now = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    await world.ticks(write_digests)
    assert len(digests(world)) == 1
    await world.writes(admin, "周报")
    await world.presses(admin, "3号楼群")
    await world.presses(admin, "改哪天、几点")
    await world.presses(admin, "不发周报")
    await asked(world, "楼道水管漏水")
    await on_friday(world, days=7)

    assert len(digests(world)) == 1


@pytest.mark.parametrize("who", [ANA, ZHOU])
async def test_only_an_admin_does(world: World, who: Address):
    await world.ticks(write_digests)
    for forged in (AskDay(1), PickDay(1, 0), PickHour(1, 1, 9), ListDigests(0)):
        await world.does(who, forged)
        assert "由管理员定" in world.last(who)
    for forged in (PickDay(1, 9), PickHour(1, 1, 3), PickHour(1, 0, 9)):
        await world.does(SUN, forged)
        assert "每周哪天发" in world.last(SUN)
    async with world.storage.begin() as uow:
        assert [d.rule for d in await uow.digest.all()] == ["weekly 5 18:00"]


# --- the timer


async def test_a_day_switched_off_it_comes_late_two_days_on_it_is_dropped_and_told_next_week(
    world: World,
):
    await asked(world)
    await on_friday(world, days=1)
    assert len(digests(world)) == 1
    await asked(world, "楼道水管漏水")
    await on_friday(world, days=10)  # three days after its moment
    assert len(digests(world)) == 1
    async with world.storage.begin() as uow:
        assert await uow.budget.dropped(FRIDAY) == {"too_late": 1}
    await on_friday(world, days=14)

    assert len(digests(world)) == 2 and "提了1件" in digests(world)[1]


async def test_a_clock_that_is_set_back_tells_nothing_twice(world: World):
    await asked(world)
    await on_friday(world)
    world.clock.advance(days=-5)
    await asked(world, "楼道水管漏水")
    await world.ticks(write_digests)
    world.clock.now = FRIDAY
    await world.ticks(write_digests)

    assert len(digests(world)) == 1


async def test_two_processes_write_it_once(world: World):
    await asked(world)
    await world.ticks(write_digests)
    world.clock.now = FRIDAY
    url = world.storage.engine.url.render_as_string(hide_password=False)
    async with engine_for(url) as engine:
        vault = world.storage.vault
        other = World(await open_storage(engine, "test", vault, Ids(world.clock)), world.clock)
        await world.dispatcher.run(write_digests)
        await other.dispatcher.run(write_digests)
        await world.settle()
        await other.settle()

    assert len(digests(world)) + len(digests(other)) == 1


async def test_quiet_hours_and_the_one_post_a_day_of_a_group_hold_for_it(world: World):
    quiet = replace(COMMUNITY, quiet=((time(17), time(19)),))
    await asked(world)
    await world.ticks(write_digests)
    world.clock.now = FRIDAY
    async with world.storage.begin() as uow:
        says = await write_digests(uow, FRIDAY, quiet)
        await reminding.promise(System(quiet, FRIDAY, uow), says)
    await world.settle()
    assert digests(world) == []
    world.clock.advance(hours=2)
    await world.ticks(release_held)

    assert len(digests(world)) == 1


async def test_a_group_that_moves_keeps_its_day_and_one_that_is_left_hears_nothing(world: World):
    await world.ticks(write_digests)
    await world.does(SUN, PickHour(1, 3, 10))
    await world.does(SUN, GroupMoved("-33"), group=BUILDING_3)
    async with world.storage.begin() as uow:
        [moved] = await uow.digest.all()
    assert moved.group.chat == "-33" and moved.rule == "weekly 3 10:00"
    async with world.storage.engine.begin() as connection:
        await connection.execute(t.groups.update().values(archived_at=world.clock.now))
    await asked(world)
    await on_friday(world)
    assert digests(world, moved.group) == []
    await world.does(SUN, BotLeft(), group=moved.group)
    await on_friday(world, days=7)

    assert digests(world, moved.group) == []


async def test_who_leaves_is_forgotten_here_too(world: World):
    await world.writes(ANA, "周报")
    await world.presses(ANA, "每周私下发我一份")
    async with world.storage.begin() as uow:
        ana = await uow.residents.visitor(ANA, ANA)
        assert ana is not None
        kept = await uow.privacy.everything(ana.person.id)
        assert [row["digest"] for row in kept["digest"]] == [1]
        await uow.privacy.forget(ana.person.id, world.clock.now)
        assert await uow.digest.readers(1) == set()
