"""Joining with a code, knowing what is kept, taking it along, having it forgotten."""

import json

import pytest

from domain.conversation import Address, Inbound
from domain.residents import Role, read_code, show_code
from handlers.residents import Consent, ForgetMe
from tests.world import ANA, BUILDING_3, LI, MEI, SUN, ZHOU, World

CODE = "7K3QM9XW2A"
NEWCOMER = Address("buttons", "301")


@pytest.fixture
async def invited(world: World) -> World:
    """A letter with CODE lies in the letter box of 3-1-101."""
    async with world.storage.begin() as uow:
        home = await uow.residents.household_at("3", "1", "101")
        await uow.invites.issue(CODE, household=home, now=world.clock())
    return world


@pytest.mark.parametrize(
    "typed", ["/start 7K3QM9XW2A", "/join 7k3qm-9xw2a", "7K3QM-9XW2A", " 7k3qm 9xw2a "]
)
async def test_a_code_typed_any_way_leads_to_the_consent_screen_and_then_home(
    invited: World, typed: str
):
    await invited.writes(MEI, typed)
    assert "同意吗" in invited.last(MEI)
    await invited.presses(MEI, "同意并加入")
    await invited.writes(MEI, "梅姨")
    await invited.writes(MEI, "/me")

    assert "称呼：梅姨\n住处：3-1-101\n身份：居民" in invited.last(MEI)


async def test_who_gave_no_name_or_another_one_changes_it_later(invited: World):
    await invited.writes(MEI, "改称呼")
    assert "先加入您家" in invited.last(MEI)

    await invited.writes(MEI, CODE)
    await invited.presses(MEI, "同意并加入")
    await invited.writes(MEI, "取消")
    await invited.writes(MEI, "我的资料")
    await invited.presses(MEI, "改称呼")
    await invited.writes(MEI, "梅姨")

    assert invited.last(MEI) == "好的，梅姨。"


async def test_a_code_that_was_written_in_a_group_opens_nothing_any_more(invited: World):
    await invited.writes(MEI, f"/join {CODE}", group=BUILDING_3)
    assert "已经作废" in invited.last(BUILDING_3) and CODE not in invited.last(BUILDING_3)

    await invited.writes(NEWCOMER, CODE)
    assert "没有这个邀请码" in invited.last(NEWCOMER)


async def test_nothing_is_tied_to_the_household_before_consent(invited: World):
    await invited.writes(MEI, CODE)
    await invited.presses(MEI, "先不加入")
    await invited.writes(MEI, "/me")

    assert "身份：访客" in invited.last(MEI)


async def test_a_code_serves_four_adults(invited: World):
    for n in range(4):
        await invited.does(Address("buttons", f"40{n}"), Consent(CODE))
    await invited.does(NEWCOMER, Consent(CODE))

    assert "已经用完了" in invited.last(NEWCOMER)


async def test_a_code_lives_thirty_days(invited: World):
    invited.clock.advance(days=30)
    await invited.writes(MEI, CODE)

    assert "已经过期了" in invited.last(MEI)


async def test_a_new_code_cancels_the_old_one(invited: World):
    async with invited.storage.begin() as uow:
        home = await uow.residents.household_at("3", "1", "101")
        await uow.invites.issue("0000000001", household=home, now=invited.clock())
    await invited.writes(MEI, CODE)

    assert "没有这个邀请码" in invited.last(MEI)


async def test_guessing_stops_after_five_tries_an_hour(invited: World):
    for n in range(5):
        await invited.writes(MEI, f"/join 000000000{n}")
    await invited.writes(MEI, f"/join {CODE}")
    assert "试的次数太多了" in invited.last(MEI)

    invited.clock.advance(hours=1)
    await invited.writes(MEI, f"/join {CODE}")
    assert "同意吗" in invited.last(MEI)


async def test_staff_join_the_same_way_and_read_their_own_help(world: World):
    staff = await world.has_staff(None, "赵网格员", Role.MEMBER, ["other"], ["*"])
    async with world.storage.begin() as uow:
        await uow.invites.issue(CODE, staff=staff, now=world.clock())
    await world.writes(NEWCOMER, CODE)
    await world.presses(NEWCOMER, "同意并加入")
    await world.writes(NEWCOMER, "赵")
    await world.writes(NEWCOMER, "/help")

    assert world.last(NEWCOMER).startswith("承办人")


async def test_help_fits_the_role(world: World):
    await world.writes(ANA, "帮助")
    assert world.last(ANA).startswith("我能帮您做什么")
    await world.writes(ZHOU, "帮助")
    assert world.last(ZHOU).startswith("承办人")


async def test_the_language_follows_the_platform_and_can_be_changed(world: World):
    await world.receives(Inbound("e1", NEWCOMER, text="/start", language="en-GB"))
    assert world.last(NEWCOMER).startswith("Hello, this is the Linli assistant of Linli Garden")

    await world.presses(NEWCOMER, "Language")
    await world.presses(NEWCOMER, "中文")
    await world.writes(NEWCOMER, "/help")
    assert world.last(NEWCOMER).startswith("我能帮您做什么")


async def test_ana_takes_everything_about_her_along(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(ANA, "/me")
    await world.presses(ANA, "导出我的数据")

    told = json.loads(world.last(ANA).partition("\n")[2])
    assert told["household"] == "3-1-101"
    assert [w["text"] for w in told["words"]] == ["路灯坏了"]


async def test_ana_is_forgotten_but_the_supported_case_goes_on(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(ANA, "#投诉 电梯停了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.writes(ANA, "/me")
    await world.presses(ANA, "删除我的数据")
    await world.presses(ANA, "确定删除")

    assert world.last(ANA) == "已经删除。以后有事，随时再来。"
    assert "路灯" not in "".join(world.all(BUILDING_3))
    await world.writes(LI, "进度 1")
    assert "（内容已按本人要求删除）" in world.last(LI) and "路灯" not in world.last(LI)
    await world.writes(LI, "进度 2")
    assert "反映人已撤回" in world.last(LI)
    await world.writes(ANA, "/me")
    assert "提过 0 件" in world.last(ANA)


async def test_staff_in_office_cannot_be_forgotten(world: World):
    await world.does(ZHOU, ForgetMe(1))

    assert "请先请管理员免去职务" in world.last(ZHOU)


def test_codes_survive_a_human_hand():
    assert read_code(show_code(CODE).lower()) == CODE
    assert read_code("OIL0000000") == "0110000000"
    assert read_code("3号楼门口路灯坏了") is None


@pytest.mark.parametrize(
    ("said", "stands_for"),
    [("building:3", "3号楼群"), ("3号楼", "3号楼群"), ("二网格", "二网格群"),
     ("grid:2", "二网格群"), ("全社区", "邻里花园大群"), ("工作群", "工作群"), ("staff", "工作群")],
)  # fmt: skip
async def test_an_admin_says_what_a_group_stands_for(world: World, said: str, stands_for: str):
    await world.writes(SUN, f"/bind {said}", group=BUILDING_3)

    assert world.last(BUILDING_3) == f"好的，这个群对应 {stands_for}。"


@pytest.mark.parametrize("said", ["", "99号楼", "九网格", "3号楼2单元", "3号楼换灯", "building:"])
async def test_what_no_group_stands_for_is_asked_again(world: World, said: str):
    await world.writes(SUN, f"/bind {said}", group=BUILDING_3)

    assert "请写是哪里的群" in world.last(BUILDING_3)


async def test_who_may_not_bind_a_group_is_told_so_in_the_group(world: World):
    """A neighbour who had never written privately was told to, and then heard the same no."""
    await world.writes(Address("buttons", "102"), "/bind building:3", group=BUILDING_3)

    assert world.last(BUILDING_3) == "只有管理员可以这样做。"
