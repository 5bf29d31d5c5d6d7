"""/rates: everybody may see how well the community answers, and nobody how neighbours rank."""

from datetime import UTC, datetime

import pytest

from domain.conversation import Address
from domain.residents import Role
from handlers.rates import ShowRates
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, WANG, ZHOU, World

AUDITOR = Address("wechat", "qian")
APRIL = datetime(2026, 4, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
async def march(world: World) -> World:
    """Zhou mends Ana's lamp and she is content; Wang never looks at Li's lift."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "电梯停了")
    await world.presses(LI, "提交")
    await world.presses(ZHOU, "签收")
    await world.writes(ZHOU, "办结 1 换了灯泡")
    await world.presses(ANA, "已解决")
    await world.presses(ANA, "基本满意")
    return world


async def test_a_resident_reads_this_month_and_the_last_with_what_each_rate_is_of(march: World):
    march.clock.now = APRIL
    await march.writes(ANA, "/rates")

    assert march.last(ANA).splitlines()[:15] == [
        "邻里花园：三率",
        "2026年4月",
        "受理 0 件，应考核 0 件",
        "响应率　—",
        "解决率　—",
        "满意率　—",
        "按期办结率　—",
        "居民没有回复、到期结束 0 件",
        "2026年3月",
        "受理 2 件，应考核 2 件",
        "响应率　2件中1件",
        "解决率　1件中1件",
        "满意率　1件中1件",
        "按期办结率　2件中1件",
        "居民没有回复、到期结束 0 件",
    ]


async def test_nothing_is_due_and_nobody_late_on_the_day_the_cases_came(march: World):
    await march.writes(LI, "三率")

    told = march.last(LI)
    assert "响应率　1件中1件" in told and "按期办结率　—" in told


async def test_a_resident_and_a_visitor_see_the_sums_and_no_grid(march: World):
    for who in (ANA, LI, MEI):
        march.forget_what_was_said()
        await march.does(who, ShowRates())

        [told] = march.all(who)
        assert "受理 2 件" in told
        assert "网格" not in told and "周警官" not in told


@pytest.mark.parametrize("overseer", [HE, SUN, AUDITOR], ids=["secretary", "admin", "auditor"])
async def test_an_overseer_reads_each_grid_below_the_sums(march: World, overseer: Address):
    await march.has_staff(AUDITOR, "钱监督", Role.AUDITOR, ["*"], ["*"])
    march.clock.now = APRIL
    march.forget_what_was_said()
    await march.writes(overseer, "三率")

    total, grids = march.all(overseer)
    assert "邻里花园：三率" in total
    assert grids == (
        "2026年3月各网格\n二网格：响应 2件中1件，解决 1件中1件，满意 1件中1件，按期 2件中1件"
    )


async def test_a_member_sees_their_own_cases_and_nobody_elses(march: World):
    march.clock.now = APRIL
    for who, signed, answered in ((ZHOU, "1件中1件", "1件中1件"), (WANG, "1件中0件", "—")):
        march.forget_what_was_said()
        await march.writes(who, "/rates")

        [told] = march.all(who)
        assert told.startswith("我承办的：三率")
        assert f"响应率　{signed}\n解决率　{answered}" in told


async def test_from_five_cases_on_the_rate_is_told_with_its_counts(world: World):
    for n in range(1, 7):
        await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
        await world.writes(ZHOU, f"签收 {n}")
        await world.writes(ZHOU, f"办结 {n} 修好了")
        await world.presses(ANA, "已解决" if n < 6 else "部分解决")
        await world.presses(ANA, "非常满意")
    await world.writes(LI, "/rates")

    told = world.last(LI)
    assert "响应率　100.00 %（6/6）\n解决率　83.33 %（5/6）\n满意率　100.00 %（6/6）" in told


async def test_a_case_that_was_withdrawn_is_accepted_and_not_assessed(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ANA, "撤回 1")
    await world.writes(ANA, "/rates")

    assert "受理 1 件，应考核 0 件" in world.last(ANA)


async def test_rates_asked_for_in_a_group_do_not_flood_it(march: World):
    before = march.all(BUILDING_3)
    await march.writes(ANA, "/rates", group=BUILDING_3)

    assert march.all(BUILDING_3) == before
    assert "三率" in march.last(ANA)
