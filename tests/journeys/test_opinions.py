"""Opinion polls in a group: anonymous, hidden until they end, and never a decision."""

import pytest

from casework.poll_views import StopPoll
from domain.conversation import Address
from scheduler.polls import close_polls
from storage import voting_tables as v
from tests.world import ANA, BUILDING_3, LI, MEI, SUN, ZHOU, World

ASKED = "/poll 2天 周末大扫除定在哪天？\n周六上午\n周日上午"
CARD = "民意调查　周末大扫除"


@pytest.fixture
async def poll(world: World) -> World:
    await world.writes(ZHOU, ASKED, group=BUILDING_3)
    return world


async def test_it_is_asked_answered_and_ends_with_its_counts(poll: World):
    card = poll.card(BUILDING_3, CARD)
    assert list(card.buttons) == ["周六上午", "周日上午", "只看结果"]
    assert "这不是正式决定" in card.text and "发到群里" in poll.last(ZHOU)

    for who, answer in ((ANA, "周六上午"), (MEI, "周日上午"), (SUN, "周六上午")):
        await poll.presses(who, answer, group=BUILDING_3)
    await poll.presses(MEI, "周六上午", group=BUILDING_3)  # she changes her mind
    card = poll.card(BUILDING_3, CARD)
    assert card.edited and "已有 3 人参与" in card.text and "3\n" not in card.text

    poll.clock.advance(days=2)
    await poll.ticks(close_polls)
    await poll.ticks(close_polls)
    results = [text for text in poll.all(BUILDING_3) if "民意调查结果" in text]
    assert len(results) == 1
    assert "周六上午　3\n周日上午　0\n共 3 人参与" in results[0] and "不是决定" in results[0]
    assert poll.card(BUILDING_3, CARD).buttons == {}


async def test_what_one_chose_is_told_to_them_alone_and_forgotten_at_the_end(poll: World):
    await poll.presses(ANA, "周日上午", group=BUILDING_3)
    assert "记下了：周日上午" in poll.last(ANA)
    assert not any("周日上午　" in text for text in poll.all(BUILDING_3))

    await poll.presses(ZHOU, "现在结束")
    async with poll.storage.engine.connect() as connection:
        assert (await connection.execute(v.poll_answers.select())).all() == []


async def test_of_fewer_than_three_nothing_is_told(poll: World):
    await poll.presses(ANA, "周日上午", group=BUILDING_3)
    poll.clock.advance(days=2)
    await poll.ticks(close_polls)

    assert "不到3人回答" in poll.last(BUILDING_3) and "　1" not in poll.last(BUILDING_3)


async def test_several_may_be_chosen_and_left_again(world: World):
    await world.writes(ZHOU, "#民意 多选 想添什么？\n1. 长椅\n2. 秋千", group=BUILDING_3)
    for answer in ("长椅", "秋千", "长椅"):
        await world.presses(ANA, answer, group=BUILDING_3)
    await world.presses(MEI, "只看结果", group=BUILDING_3)
    await world.presses(SUN, "只看结果", group=BUILDING_3)
    world.clock.advance(days=1)
    await world.ticks(close_polls)

    assert "长椅　0\n秋千　1\n共 3 人参与" in world.last(BUILDING_3)


@pytest.mark.parametrize(
    ("who", "words", "why"),
    [
        (ANA, ASKED, "由居委会和物业工作人员发起"),
        (ZHOU, "/poll 定在哪天？\n周六", "选项要2到10个"),
        (ZHOU, "/poll", "请写问题"),
        (ZHOU, "/poll 99天 定在哪天？\n周六\n周日", "最长14天"),
        (ZHOU, "/poll 选举居委会主任选谁？\n老王\n老李", "不能在这里投"),
    ],
)
async def test_what_is_no_poll_is_refused_with_its_reason(
    world: World, who: Address, words: str, why: str
):
    await world.writes(who, words, group=BUILDING_3)

    assert why in world.last(BUILDING_3)


async def test_one_at_a_time_and_only_in_a_group(poll: World):
    await poll.writes(ZHOU, ASKED, group=BUILDING_3)
    assert "还有一个民意调查" in poll.last(BUILDING_3)
    await poll.writes(ZHOU, ASKED)
    assert "请在群里发" in poll.last(ZHOU)


@pytest.mark.parametrize("who", [ANA, LI])
async def test_only_its_author_or_an_admin_ends_it(poll: World, who: Address):
    async with poll.storage.begin() as uow:
        kept = await uow.polls.open_in(BUILDING_3)
    assert kept
    await poll.does(who, StopPoll(kept.id))
    assert "由居委会和物业工作人员发起" in poll.last(who)
    await poll.does(SUN, StopPoll(kept.id))
    assert "民意调查结束" in poll.last(BUILDING_3)
